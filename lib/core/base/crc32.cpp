#include "core/base/crc32.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace cocql::base {

namespace {

constexpr std::uint32_t crc32_polynomial = 0xEDB88320; ///< 0x04C11DB7 with its bits reversed
constexpr std::size_t lanes = 8;

using table_of_lanes = std::array<std::array<std::uint32_t, 256>, lanes>;

/// tables[n][byte]: what a byte does to the check when n bytes follow it. Eight bytes a step are
/// some five times as fast as one, and every byte of a v5 connection goes through here.
constexpr table_of_lanes make_tables() {
    table_of_lanes tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1) != 0 ? (value >> 1) ^ crc32_polynomial : value >> 1;
        tables[0][byte] = value;
    }
    for (std::size_t lane = 1; lane < lanes; ++lane)
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const auto one_less = tables[lane - 1][byte];
            tables[lane][byte] = (one_less >> 8) ^ tables[0][one_less & 0xFF];
        }
    return tables;
}

constexpr auto tables = make_tables();

std::uint32_t load_little_endian(const std::byte* from) noexcept {
    std::uint32_t value = 0;
    std::memcpy(&value, from, sizeof value);
    if constexpr (std::endian::native == std::endian::big)
        value = __builtin_bswap32(value);
    return value;
}

} // namespace

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
    std::uint32_t value = ~before;
    while (bytes.size() >= lanes) {
        const auto low = load_little_endian(bytes.data()) ^ value;
        const auto high = load_little_endian(bytes.data() + 4);
        value = tables[7][low & 0xFF] ^ tables[6][(low >> 8) & 0xFF] ^
                tables[5][(low >> 16) & 0xFF] ^ tables[4][low >> 24] ^ tables[3][high & 0xFF] ^
                tables[2][(high >> 8) & 0xFF] ^ tables[1][(high >> 16) & 0xFF] ^
                tables[0][high >> 24];
        bytes = bytes.subspan(lanes);
    }
    for (const auto byte : bytes)
        value = (value >> 8) ^ tables[0][(value ^ std::to_integer<std::uint32_t>(byte)) & 0xFF];
    return ~value;
}

} // namespace cocql::base
