#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cocqlsh {

/// Statements typed earlier, kept in a file: an entry a line, in which its own line breaks are
/// bytes of 1 (as psql writes them), so that files written when they were blanks read as before.
/// What contains a password is kept for this session only.
class history {
  public:
    /// Reads the file; one that is not there begins an empty history. Nothing is written to it
    /// unless `keeps`.
    explicit history(std::string path, bool keeps = true);

    /// Adds an entry (also to the file), as it was typed; repeats of the last one and blank ones
    /// are left out. False when the file could not be written.
    bool add(std::string_view entry);
    const std::vector<std::string>& entries() const noexcept { return entries_; }
    /// The newest entry before `below` that contains the text, or npos.
    std::size_t search(std::string_view text, std::size_t below) const noexcept;

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    /// Whether one of the statements may contain a password. Rather once too often.
    static bool is_secret(std::string_view statements);

  private:
    static constexpr std::size_t longest = 10000;

    std::string path_;
    bool keeps_;
    std::vector<std::string> entries_;
};

} // namespace cocqlsh
