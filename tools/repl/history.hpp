#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cocqlsh {

/// Statements typed earlier, kept in a file. What contains a password is kept for this session
/// only.
class history {
  public:
    /// Reads the file; one that is not there begins an empty history.
    explicit history(std::string path);

    /// Adds an entry (also to the file); repeats of the last one and blank ones are left out. Line
    /// breaks become blanks. False when the file could not be written.
    bool add(std::string_view entry);
    const std::vector<std::string>& entries() const noexcept { return entries_; }
    /// The newest entry before `below` that contains the text, or npos.
    std::size_t search(std::string_view text, std::size_t below) const noexcept;

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    static bool is_secret(std::string_view statement);

  private:
    static constexpr std::size_t longest = 10000;

    std::string path_;
    std::vector<std::string> entries_;
};

} // namespace cocqlsh
