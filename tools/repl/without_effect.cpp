#include "without_effect.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace cocqlsh {

namespace {

/// Known to cqlsh, and of no use here. A value that changes nothing, as cqlsh's own default, is
/// not worth a note.
struct useless {
    std::string_view section;
    std::string_view name;
    std::string_view usual;
    std::string_view why;
};

constexpr std::array<useless, 6> all_useless{{
    {"ui", "browser", "", "HELP shows its text by itself"},
    {"ui", "completekey", "tab", "there is no completion"},
    {"ui", "date_format", "%Y-%m-%d", "dates are shown as CQL writes them"},
    {"ui", "nanotime_format", "%H:%M:%S.%N", "times are shown as CQL writes them"},
    {"csv", "field_size_limit", "", "there is no COPY"},
    {"ssl", "version", "", "the version of TLS is agreed on with the server"},
}};

bool is_for_copy(std::string_view section) noexcept {
    return section == "copy" || section == "copy-to" || section == "copy-from" ||
           section.starts_with("copy:") || section.starts_with("copy-to:") ||
           section.starts_with("copy-from:");
}

} // namespace

std::vector<std::string> notes_of_unread(settings_file& file) {
    std::vector<std::string> notes;
    std::set<std::string> told;
    for (const auto& each : file.entries().unread()) {
        if (is_for_copy(each.section)) {
            if (told.insert(each.section).second)
                notes.push_back(file.path() + ":" + std::to_string(each.line) + ": [" +
                                each.section + "] has no effect: there is no COPY");
            continue;
        }
        const auto known =
            std::find_if(all_useless.begin(), all_useless.end(), [&](const useless& one) {
                return one.section == each.section && one.name == each.name;
            });
        if (known == all_useless.end())
            notes.push_back(file.place_of(each) + " is not known");
        else if (file.raw_text(each.section, each.name).value_or("") != known->usual)
            notes.push_back(file.place_of(each) + " has no effect: " + std::string(known->why));
    }
    return notes;
}

} // namespace cocqlsh
