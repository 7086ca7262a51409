#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocql::wire {

/// A number of as many bytes as there are, at most eight, the least first: how segments write
/// theirs.
inline std::uint64_t load_little_endian(std::span<const std::byte> bytes) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i)
        value = value << 8 | std::to_integer<std::uint64_t>(bytes[i - 1]);
    return value;
}

inline void store_little_endian(std::span<std::byte> room, std::uint64_t value) noexcept {
    for (auto& byte : room) {
        byte = static_cast<std::byte>(value);
        value >>= 8;
    }
}

} // namespace cocql::wire
