#include "visible_text.hpp"

#include <utf8proc.h>

#include <array>
#include <cstdio>
#include <utility>

namespace cocqlsh {

namespace {

bool is_plain(char c) noexcept {
    return c >= 0x20 && c < 0x7f;
}

bool turns_direction(utf8proc_int32_t point) noexcept {
    return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

/// The character that the text begins with and the number of its bytes; -1 and 1 where that is no
/// UTF-8.
std::pair<utf8proc_int32_t, std::size_t> first_point(std::string_view text) noexcept {
    utf8proc_int32_t point = -1;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &point);
    if (size <= 0)
        return {-1, 1};
    return {point, static_cast<std::size_t>(size)};
}

} // namespace

character first_character(std::string_view text) noexcept {
    character first;
    if (text.empty())
        return first;
    first.size = 1;
    if (is_plain(text.front()))
        return first;
    const auto [point, size] = first_point(text);
    first.size = size;
    first.commands = point < 0x20 || (point >= 0x7f && point < 0xa0) || turns_direction(point);
    return first;
}

std::string escaped(std::string_view commanding) {
    if (commanding == "\n")
        return "\\n";
    if (commanding == "\r")
        return "\\r";
    if (commanding == "\t")
        return "\\t";
    const auto point = first_point(commanding).first;
    const auto number =
        point < 0 ? static_cast<unsigned char>(commanding.front()) : static_cast<unsigned>(point);
    std::array<char, 16> text{};
    const auto size =
        std::snprintf(text.data(), text.size(), number < 0x100 ? "\\x%02x" : "\\u%04x", number);
    return std::string(text.data(), static_cast<std::size_t>(size));
}

std::string visible_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto next = first_character(text.substr(at));
        if (next.commands)
            out += escaped(text.substr(at, next.size));
        else
            out.append(text, at, next.size);
        at += next.size;
    }
    return out;
}

} // namespace cocqlsh
