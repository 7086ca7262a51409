#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Bytes for tests, written the way captures show them.
namespace cocql::tests {

using bytes = std::vector<std::byte>;

/// From hex digits; spaces are passed over.
inline bytes hex(std::string_view digits) {
    bytes out;
    int half = -1;
    for (const char c : digits) {
        int digit = 0;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if (c >= 'a' && c <= 'f')
            digit = c - 'a' + 10;
        else if (c >= 'A' && c <= 'F')
            digit = c - 'A' + 10;
        else
            continue;
        if (half < 0) {
            half = digit;
        } else {
            out.push_back(static_cast<std::byte>(half * 16 + digit));
            half = -1;
        }
    }
    return out;
}

inline bytes bytes_of(std::string_view text) {
    const auto* const from = reinterpret_cast<const std::byte*>(text.data());
    return {from, from + text.size()};
}

inline std::string to_hex(std::span<const std::byte> from) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const auto byte : from) {
        out += digits[std::to_integer<unsigned>(byte) >> 4];
        out += digits[std::to_integer<unsigned>(byte) & 15u];
    }
    return out;
}

} // namespace cocql::tests
