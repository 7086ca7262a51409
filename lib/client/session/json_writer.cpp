#include "client/session/json_writer.hpp"

#include <cstddef>

namespace cocql::client {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

/// How many bytes at the beginning of a text are one character of UTF-8 (RFC 3629); 0: they are
/// none.
std::size_t character_at(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned>(static_cast<unsigned char>(text[i])) : 0U;
    };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
    const auto first = byte(0);
    if (first < 0x80U)
        return 1;
    if (first < 0xc2U || first > 0xf4U || !follows(1))
        return 0;
    if (first < 0xe0U)
        return 2;
    const auto point = (first & 0x0fU) << 6 | (byte(1) & 0x3fU); // but for its last six bits
    if (first < 0xf0U) {
        const bool is_short = point < 0x20U; // said by more bytes than it takes
        const bool is_surrogate = point >= 0x360U && point < 0x380U;
        return is_short || is_surrogate || !follows(2) ? 0 : 3;
    }
    const auto plane = (first & 0x07U) << 2 | (byte(1) & 0x30U) >> 4;
    return plane == 0 || plane > 16 || !follows(2) || !follows(3) ? 0 : 4;
}

} // namespace

void json_writer::open() {
    text_ += '{';
}

void json_writer::name(std::string_view key) {
    if (text_.back() != '{')
        text_ += ',';
    put(key);
    text_ += ':';
}

void json_writer::put(std::string_view text) {
    text_ += '"';
    while (!text.empty()) {
        const auto length = character_at(text);
        const char c = text.front();
        if (length == 0) {
            text_ += replacement;
        } else if (c == '"' || c == '\\') {
            text_ += '\\';
            text_ += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            constexpr std::string_view digits = "0123456789abcdef";
            text_ += "\\u00";
            text_ += digits[static_cast<unsigned char>(c) >> 4];
            text_ += digits[static_cast<unsigned char>(c) & 0x0f];
        } else {
            text_ += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    text_ += '"';
}

void json_writer::member(std::string_view key, std::string_view text) {
    name(key);
    put(text);
}

void json_writer::member(std::string_view key, std::int64_t number) {
    name(key);
    text_ += std::to_string(number);
}

void json_writer::member(std::string_view key, bool so) {
    name(key);
    text_ += so ? "true" : "false";
}

} // namespace cocql::client
