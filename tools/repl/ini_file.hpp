#pragma once

#include <cocql/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cocqlsh {

/// Sections and keys as Python's ConfigParser reads them, which is what cqlshrc files are written
/// for: `key = value` or `key: value`, keys in any case, `;` and `#` comments on lines of their
/// own, values continued by indentation.
class ini_file {
  public:
    /// A line that is none of these is an error, which names the line.
    static cocql::result<ini_file> parse(std::string_view text);
    /// A file that is not there is an empty one, unless it must be there; one that cannot be read
    /// is an error.
    static cocql::result<ini_file> read(const std::string& path, bool must_exist = false);

    std::optional<std::string> get(std::string_view section, std::string_view key) const;
    /// `1 yes true on` and `0 no false off`; anything else is an error.
    cocql::result<std::optional<bool>> get_bool(std::string_view section,
                                                std::string_view key) const;

  private:
    std::map<std::string, std::map<std::string, std::string>> sections_;
};

} // namespace cocqlsh
