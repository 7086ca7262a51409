#include "core/base/crc24.hpp"

#include <array>

namespace cocql::base {

namespace {

constexpr std::uint32_t crc24_polynomial = 0x1974F0B;
constexpr std::uint32_t begun = 0x875060;

/// What each byte, shifted out at the top, does to the 24 bits that remain.
constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte << 16;
        for (int bit = 0; bit < 8; ++bit) {
            value <<= 1;
            if ((value & 0x1000000) != 0)
                value ^= crc24_polynomial;
        }
        table[byte] = value;
    }
    return table;
}

constexpr auto table = make_table();

} // namespace

std::uint32_t crc24(std::span<const std::byte> bytes) noexcept {
    std::uint32_t value = begun;
    for (const auto byte : bytes)
        value = ((value << 8) & 0xFFFFFF) ^
                table[((value >> 16) ^ std::to_integer<std::uint32_t>(byte)) & 0xFF];
    return value;
}

} // namespace cocql::base
