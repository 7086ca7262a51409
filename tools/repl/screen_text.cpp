#include "screen_text.hpp"

#include "text.hpp"
#include "visible_text.hpp"

#include <algorithm>

namespace cocqlsh {

namespace {

/// Before the second line of an entry and those after it.
constexpr std::string_view continued = "   ... ";
constexpr std::string_view next_row = "\r\n";

} // namespace

std::string visible(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const auto next = first_character(text.substr(at));
        if (c == '\t')
            out += "    ";
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            (out += '^') += static_cast<char>(c ^ 0x40);
        else if (next.commands)
            out += escaped(text.substr(at, next.size));
        else
            out.append(text, at, next.size);
        at += next.size;
    }
    return out;
}

screen_place place_after(std::string_view text, std::size_t columns, screen_place at) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        auto end = i + 1;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
            ++end;
        const auto width = display_width(text.substr(i, end - i));
        if (at.column + width > columns) {
            ++at.row;
            at.column = 0;
        }
        at.column += width;
        i = end;
    }
    if (at.column == columns) {
        ++at.row;
        at.column = 0;
    }
    return at;
}

std::string on_rows(std::string_view text) {
    std::string out;
    for (std::size_t begin = 0;;) {
        const auto end = std::min(text.find('\n', begin), text.size());
        out += visible(text.substr(begin, end - begin));
        if (end == text.size())
            return out;
        out.append(next_row).append(continued);
        begin = end + 1;
    }
}

screen_place place_after_rows(std::string_view shown, std::size_t columns) noexcept {
    screen_place at;
    for (std::size_t begin = 0;;) {
        const auto end = std::min(shown.find(next_row, begin), shown.size());
        const auto before = at;
        at = place_after(shown.substr(begin, end - begin), columns, at);
        if (end == shown.size())
            return at;
        // A terminal whose row is just full goes to the next one with what follows, not before.
        const bool is_just_full = at.column == 0 && at.row != before.row;
        at = {at.row + (is_just_full ? 0 : 1), 0};
        begin = end + next_row.size();
    }
}

} // namespace cocqlsh
