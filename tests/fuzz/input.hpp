#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

/// What fuzz targets share.
namespace cocql::fuzz {

inline std::span<const std::byte> input(const std::uint8_t* data, std::size_t size) {
    return std::as_bytes(std::span(data, size));
}

/// An assertion that holds in every build.
inline void require(bool truth, const char* what) {
    if (!truth) {
        std::fprintf(stderr, "does not hold: %s\n", what);
        std::abort();
    }
}

/// The first byte, taken off the front; 0 when there is none.
inline std::uint8_t take_byte(std::span<const std::byte>& from) {
    if (from.empty())
        return 0;
    const auto first = std::to_integer<std::uint8_t>(from.front());
    from = from.subspan(1);
    return first;
}

} // namespace cocql::fuzz
