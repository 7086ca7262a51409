#include "screen_text.hpp"

#include "text.hpp"
#include "visible_text.hpp"

namespace cocqlsh {

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

} // namespace cocqlsh
