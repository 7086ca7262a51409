#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace cocql::base {

/// Reads an unsigned integer in network byte order; `from` must hold sizeof(T) bytes.
template <std::unsigned_integral T>
T load_big_endian(const std::byte* from) noexcept {
    T value{};
    std::memcpy(&value, from, sizeof(T));
    if constexpr (std::endian::native == std::endian::little && sizeof(T) > 1) {
        if constexpr (sizeof(T) == 2)
            value = __builtin_bswap16(value);
        else if constexpr (sizeof(T) == 4)
            value = __builtin_bswap32(value);
        else
            value = __builtin_bswap64(value);
    }
    return value;
}

/// Writes an unsigned integer in network byte order; `to` must have room for sizeof(T) bytes.
template <std::unsigned_integral T>
void store_big_endian(std::byte* to, T value) noexcept {
    if constexpr (std::endian::native == std::endian::little && sizeof(T) > 1) {
        if constexpr (sizeof(T) == 2)
            value = __builtin_bswap16(value);
        else if constexpr (sizeof(T) == 4)
            value = __builtin_bswap32(value);
        else
            value = __builtin_bswap64(value);
    }
    std::memcpy(to, &value, sizeof(T));
}

} // namespace cocql::base
