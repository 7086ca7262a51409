#pragma once

#include <string>

namespace cocql::values {

/// The two small digits of a byte.
inline void append_hex(std::string& out, unsigned byte) {
    constexpr char digits[] = "0123456789abcdef";
    out += digits[byte >> 4];
    out += digits[byte & 15u];
}

} // namespace cocql::values
