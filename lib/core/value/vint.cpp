#include "core/value/vint.hpp"

#include <bit>

namespace cocql::values {

std::uint64_t read_unsigned_vint(base::byte_reader& in) noexcept {
    const auto first = in.read_u8();
    const auto more = static_cast<unsigned>(std::countl_one(first));
    std::uint64_t bits = more < 8 ? first & (0xffu >> (more + 1)) : 0;
    for (const auto byte : in.read_bytes(more))
        bits = bits << 8 | std::to_integer<std::uint64_t>(byte);
    return bits;
}

void write_unsigned_vint(std::vector<std::byte>& out, std::uint64_t bits) {
    const auto width = static_cast<unsigned>(std::bit_width(bits | 1));
    // Seven bits for each byte; past eight bytes the first carries none.
    const unsigned more = width > 56 ? 8 : (width - 1) / 7;
    const auto first =
        more == 8 ? 0xffu
                  : (0xffu << (8 - more) & 0xffu) | static_cast<unsigned>(bits >> (8 * more));
    out.push_back(static_cast<std::byte>(first));
    for (unsigned i = more; i-- > 0;)
        out.push_back(static_cast<std::byte>(bits >> (8 * i) & 0xff));
}

std::int64_t read_vint(base::byte_reader& in) noexcept {
    const auto bits = read_unsigned_vint(in);
    return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
}

void write_vint(std::vector<std::byte>& out, std::int64_t number) {
    write_unsigned_vint(out, static_cast<std::uint64_t>(number) << 1 ^
                                 static_cast<std::uint64_t>(number >> 63));
}

} // namespace cocql::values
