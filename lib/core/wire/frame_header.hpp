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
    static frame_header decode(std::span<const std::byte, size> bytes) noexcept;
    void encode(base::byte_writer& out) const;
};

} // namespace cocql::wire
