#include "core/wire/segment_header.hpp"

#include "core/base/crc24.hpp"
#include "core/base/crc32.hpp"
#include "core/wire/little_endian.hpp"

namespace cocql::wire {

namespace {

constexpr unsigned length_bits = 17;

/// crc32 of the bytes FA 2D 55 CA.
constexpr std::uint32_t seed = 0x44777ED3;

} // namespace

result<segment_header> segment_header::decode(std::span<const std::byte> bytes, bool compression) {
    const auto contents = bytes.first(bytes.size() - crc_size);
    if (base::crc24(contents) != load_little_endian(bytes.last(crc_size)))
        return error(errc::protocol_error, "a segment's header has a wrong CRC24");
    auto bits = load_little_endian(contents);
    const auto take_length = [&] {
        const auto length = static_cast<std::uint32_t>(bits & longest_payload);
        bits >>= length_bits;
        return length;
    };
    segment_header header;
    header.length = take_length();
    if (compression)
        header.uncompressed_length = take_length();
    header.self_contained = (bits & 1) != 0; // the rest is padding, to be passed over
    return header;
}

void segment_header::encode(std::span<std::byte> room, bool compression) const noexcept {
    std::uint64_t bits = length;
    auto shift = length_bits;
    if (compression) {
        bits |= static_cast<std::uint64_t>(uncompressed_length) << shift;
        shift += length_bits;
    }
    bits |= static_cast<std::uint64_t>(self_contained ? 1 : 0) << shift;
    const auto contents = room.first(room.size() - crc_size);
    store_little_endian(contents, bits);
    store_little_endian(room.last(crc_size), base::crc24(contents));
}

std::uint32_t payload_crc(std::span<const std::byte> payload) noexcept {
    return payload_crc(payload, seed);
}
std::uint32_t payload_crc(std::span<const std::byte> payload, std::uint32_t before) noexcept {
    return base::crc32(payload, before);
}

} // namespace cocql::wire
