#pragma once

#include <cocql/result.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cocqlsh {

/// Sections and entries as Python's ConfigParser reads them, which is what cqlshrc files are
/// written for: `name = value` or `name: value`, names in any case, `;` and `#` comments on lines
/// of their own, values continued on lines that are indented deeper than their first, a [DEFAULT]
/// section behind every other, and `%(name)s` for another entry's value.
///
/// What ConfigParser refuses is refused. Every error's text begins with `:LINE: `, to be put behind
/// the file's name, and shows no value that may be a password.
class ini_file {
  public:
    /// Whose entries nobody has asked for.
    struct entry {
        std::string section;
        std::string name;
        std::size_t line; ///< from 1
    };

    static cocql::result<ini_file> parse(std::string_view text);

    bool has_section(std::string_view section) const;
    /// The value with `%(name)s` replaced and `%%` made one; an error where that cannot be done.
    cocql::result<std::optional<std::string>> get(std::string_view section, std::string_view name);
    /// The value as it stands.
    std::optional<std::string> get_raw(std::string_view section, std::string_view name);
    /// `1 yes true on` and `0 no false off`; anything else is an error.
    cocql::result<std::optional<bool>> get_bool(std::string_view section, std::string_view name);
    /// Where the entry begins; 0: it is not there.
    std::size_t line_of(std::string_view section, std::string_view name) const;
    /// An error about an entry, which says that it `must be` something.
    cocql::error bad_entry(std::string_view section, std::string_view name,
                           std::string_view must_be) const;

    /// Entries that were neither asked for nor used in the value of another, in the order of lines.
    std::vector<entry> unread() const;
    /// The names in a section, [DEFAULT]'s left out, in the order of lines. They count as read.
    std::vector<entry> take_section(std::string_view section);

  private:
    struct content {
        std::string value;
        std::size_t line = 0;
        bool read = false;
    };
    using entries = std::map<std::string, content, std::less<>>;
    class reader;

    content* find(std::string_view section, std::string_view name);
    const content* find(std::string_view section, std::string_view name) const;
    cocql::result<void> interpolate(std::string_view section, std::string_view rest,
                                    std::string& out, int depth, std::size_t& references);

    entries defaults_;
    std::map<std::string, entries, std::less<>> sections_;
};

} // namespace cocqlsh
