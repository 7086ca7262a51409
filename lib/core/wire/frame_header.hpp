#pragma once

#include "core/base/byte_writer.hpp"
#include "core/wire/opcode.hpp"

#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>

#include <cstdint>
#include <span>

namespace cocql::wire {

/// The nine bytes before every body (native_protocol_v4.spec, section 2; v5 calls it an
/// envelope's).
struct frame_header {
    static constexpr std::size_t size = 9;
    static constexpr std::uint8_t direction_bit = 0x80; ///< set in responses

    static constexpr std::uint8_t flag_compression = 0x01;
    static constexpr std::uint8_t flag_tracing = 0x02;
    static constexpr std::uint8_t flag_custom_payload = 0x04; ///< v4
    static constexpr std::uint8_t flag_warning = 0x08;        ///< v4

    std::uint8_t version = 0; ///< with the direction bit, as on the wire
    std::uint8_t flags = 0;
    std::int16_t stream = 0;
    wire::opcode opcode{};
    std::uint32_t length = 0; ///< of the body, in bytes

    bool is_response() const noexcept { return (version & direction_bit) != 0; }
    std::uint8_t version_number() const noexcept { return version & 0x7f; }

    /// Splits nine bytes up; judges none of them (that depends on who receives them).
    static frame_header decode(std::span<const std::byte, size> bytes) noexcept {
        frame_header header;
        header.version = static_cast<std::uint8_t>(bytes[0]);
        header.flags = static_cast<std::uint8_t>(bytes[1]);
        header.stream = static_cast<std::int16_t>(base::load_big_endian<std::uint16_t>(&bytes[2]));
        header.opcode = static_cast<wire::opcode>(bytes[4]);
        header.length = base::load_big_endian<std::uint32_t>(&bytes[5]);
        return header;
    }
    void encode(base::byte_writer& out) const {
        auto room = out.room(size);
        put(room);
        out.used(room);
    }
    void put(base::room_writer& room) const noexcept {
        room.put(version);
        room.put(flags);
        room.put(static_cast<std::uint16_t>(stream));
        room.put(static_cast<std::uint8_t>(opcode));
        room.put(length);
    }
};

} // namespace cocql::wire
