#include "python_blanks.hpp"

#include <algorithm>

namespace cocqlsh {

namespace {

/// How many bytes the white space takes that the text begins with, as Python's str knows it; 0:
/// none.
std::size_t blank_at_front(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto first = byte(0);
    if ((first >= 0x09 && first <= 0x0d) || (first >= 0x1c && first <= 0x20))
        return 1;
    if (first == 0xc2)
        return byte(1) == 0x85 || byte(1) == 0xa0 ? 2 : 0;
    const auto point = (first << 16) | (byte(1) << 8) | byte(2);
    const bool blank = point == 0xe19a80 || (point >= 0xe28080 && point <= 0xe2808a) ||
                       point == 0xe280a8 || point == 0xe280a9 || point == 0xe280af ||
                       point == 0xe2819f || point == 0xe38080;
    return blank ? 3 : 0;
}

} // namespace

std::string_view without_blanks_before(std::string_view text, std::size_t& characters) noexcept {
    characters = 0;
    while (const auto size = blank_at_front(text)) {
        text.remove_prefix(size);
        ++characters;
    }
    return text;
}

std::string_view without_blanks_behind(std::string_view text) noexcept {
    for (;;) {
        std::size_t size = 0;
        for (std::size_t tried = 1; tried <= std::min<std::size_t>(3, text.size()) && size == 0;
             ++tried)
            if (blank_at_front(text.substr(text.size() - tried)) == tried)
                size = tried;
        if (size == 0)
            return text;
        text.remove_suffix(size);
    }
}

std::string_view stripped(std::string_view text) noexcept {
    std::size_t ignored = 0;
    return without_blanks_behind(without_blanks_before(text, ignored));
}

} // namespace cocqlsh
