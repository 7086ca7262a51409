#include "edited_text.hpp"

#include <algorithm>
#include <cctype>

namespace cocqlsh {

namespace {

bool continues_character(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

bool is_in_word(char c) noexcept {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           (static_cast<unsigned char>(c) & 0x80) != 0;
}

} // namespace

void edited_text::insert(std::string_view text) {
    text_.insert(cursor_, text);
    cursor_ += text.size();
}

std::string edited_text::take_until(std::size_t place) {
    const auto [begin, end] = std::minmax(place, cursor_);
    auto taken = text_.substr(begin, end - begin);
    text_.erase(begin, end - begin);
    cursor_ = begin;
    return taken;
}

std::size_t edited_text::before(std::size_t at) const noexcept {
    if (at == 0)
        return 0;
    do
        --at;
    while (at > 0 && continues_character(text_[at]));
    return at;
}

std::size_t edited_text::after(std::size_t at) const noexcept {
    if (at >= text_.size())
        return text_.size();
    do
        ++at;
    while (at < text_.size() && continues_character(text_[at]));
    return at;
}

std::size_t edited_text::word_before() const noexcept {
    auto at = cursor_;
    while (at > 0 && !is_in_word(text_[at - 1]))
        --at;
    while (at > 0 && is_in_word(text_[at - 1]))
        --at;
    return at;
}

std::size_t edited_text::word_after() const noexcept {
    auto at = cursor_;
    while (at < text_.size() && !is_in_word(text_[at]))
        ++at;
    while (at < text_.size() && is_in_word(text_[at]))
        ++at;
    return at;
}

std::size_t edited_text::begin_of_line(std::size_t at) const noexcept {
    const auto end = at == 0 ? text_.npos : text_.rfind('\n', at - 1);
    return end == text_.npos ? 0 : end + 1;
}

std::size_t edited_text::end_of_line(std::size_t at) const noexcept {
    return std::min(text_.find('\n', at), text_.size());
}

/// The same number of characters into a line that begins at `begin` as the cursor is into its own.
std::size_t edited_text::beside_cursor(std::size_t begin) const noexcept {
    const auto end = end_of_line(begin);
    auto at = begin;
    for (auto passed = begin_of_line(); passed < cursor_ && at < end; passed = after(passed))
        at = after(at);
    return at;
}

bool edited_text::move_up() noexcept {
    const auto begin = begin_of_line();
    if (begin == 0)
        return false;
    cursor_ = beside_cursor(begin_of_line(begin - 1));
    return true;
}

bool edited_text::move_down() noexcept {
    const auto end = end_of_line();
    if (end == text_.size())
        return false;
    cursor_ = beside_cursor(end + 1);
    return true;
}

} // namespace cocqlsh
