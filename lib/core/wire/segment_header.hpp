#pragma once

#include <cocql/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocql::wire {

/// What stands before the payload of a v5 segment (native_protocol_v5.spec, section 2, which calls
/// segments frames and frames envelopes), little-endian as all of a segment is: the payload's
/// length in 17 bits; with compression the length it had before, in 17 bits; whether it is
/// self-contained; padding; and the crc24 of all that.
struct segment_header {
    static constexpr std::size_t longest_payload = (1u << 17) - 1;
    static constexpr std::size_t crc_size = 3;
    static constexpr std::size_t trailer_size = 4; ///< the payload's crc32 behind it

    std::uint32_t length = 0; ///< of the payload as it is sent
    /// With compression: what the payload becomes; 0 when it is not compressed.
    std::uint32_t uncompressed_length = 0;
    /// Holds whole frames. Otherwise it holds a part of one frame that is too long for one segment.
    bool self_contained = false;

    /// In bytes; whether compression was agreed on decides about the layout.
    static constexpr std::size_t size(bool compression) noexcept { return compression ? 8 : 6; }
    static constexpr std::size_t longest = 8;

    /// `bytes` must be size() long. errc::protocol_error when the crc24 is wrong.
    static result<segment_header> decode(std::span<const std::byte> bytes, bool compression);
    void encode(std::span<std::byte> room, bool compression) const noexcept;
};

/// The crc32 that a payload is sent with: begun with the bytes FA 2D 55 CA. `before` is the result
/// over an earlier part of the payload.
std::uint32_t payload_crc(std::span<const std::byte> payload) noexcept;
std::uint32_t payload_crc(std::span<const std::byte> payload, std::uint32_t before) noexcept;

} // namespace cocql::wire
