#pragma once

#include "ini_file.hpp"

#include <cocql/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cocqlsh {

/// A cqlshrc or a file of credentials. What cannot be used makes the first error, which names file,
/// line and entry, and nothing: whoever has read all that is wanted asks for the error once.
class settings_file {
  public:
    /// Nothing is in it.
    settings_file() = default;
    /// A file that is not there is an empty one, unless it must be there; one that cannot be read
    /// is an error. A byte-order mark before it does no harm.
    static settings_file read(std::string path, bool must_exist);

    const std::string& path() const noexcept { return path_; }
    bool exists() const noexcept { return exists_; }
    const std::optional<cocql::error>& failure() const noexcept { return failure_; }

    /// These return nothing also for an entry without a value.
    std::optional<std::string> text(std::string_view section, std::string_view name);
    std::optional<std::string> raw_text(std::string_view section, std::string_view name);
    std::optional<bool> truth(std::string_view section, std::string_view name);
    std::optional<double> seconds(std::string_view section, std::string_view name);
    /// A number from `least` to `most`.
    std::optional<int> number(std::string_view section, std::string_view name, int least, int most);

    /// Makes the entry the error.
    void refuse(std::string_view section, std::string_view name, std::string_view must_be);
    /// `PATH:LINE: [section] name`; the name is left out where it may be part of a password.
    std::string place_of(const ini_file::entry& entry) const;
    std::string place_of(std::string_view section, std::string_view name) const;

    ini_file& entries() noexcept { return entries_; }

  private:
    void fail(const cocql::error& failure);

    std::string path_;
    bool exists_ = false;
    ini_file entries_;
    std::optional<cocql::error> failure_;
};

/// Whether only its owner can read a file that holds a password, and the owner is the user (root
/// may use anybody's). cqlsh's rule.
bool is_private(const std::string& path) noexcept;

} // namespace cocqlsh
