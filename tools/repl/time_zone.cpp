#include "time_zone.hpp"

#include "text.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <string_view>

namespace cocqlsh {

namespace {

std::size_t letters_of(std::string_view text) noexcept {
    std::size_t count = 0;
    while (count < text.size() && std::isalpha(static_cast<unsigned char>(text[count])) != 0)
        ++count;
    return count;
}

/// `UTC0`, `<+03>-3`, `CET-1CEST,M3.5.0,M10.5.0/3`. A summer time without a rule is not one: glibc
/// has it change when New York's does, and from 2038 on shows New York's time itself.
bool is_posix_rule(std::string_view name) noexcept {
    std::size_t abbreviation = letters_of(name);
    if (name.starts_with('<')) {
        const auto end = name.find('>');
        abbreviation = end == name.npos ? 0 : end + 1;
    }
    if (abbreviation < 3)
        return false;
    auto offset = name.substr(abbreviation);
    if (offset.starts_with('+') || offset.starts_with('-'))
        offset.remove_prefix(1);
    const auto end = std::min(offset.find_first_not_of("0123456789:"), offset.size());
    return end != 0 && (end == offset.size() || offset.find(',') != offset.npos);
}

bool is_zone_file(const std::string& path) {
    const auto text = file_text(path);
    return text && text->starts_with("TZif");
}

bool is_known(std::string name) {
    if (name.starts_with(':'))
        name.erase(0, 1);
    else if (is_posix_rule(name))
        return true;
    if (name.empty())
        return false;
    if (name.front() == '/')
        return is_zone_file(name);
    const char* folder = std::getenv("TZDIR");
    return is_zone_file((folder == nullptr ? "/usr/share/zoneinfo" : std::string(folder)) + "/" +
                        name);
}

} // namespace

bool set_time_zone(const std::string& name) {
    if (!is_known(name))
        return false;
    ::setenv("TZ", name.c_str(), 1);
    ::tzset();
    return true;
}

} // namespace cocqlsh
