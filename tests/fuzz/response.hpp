#pragma once

#include "core/message/response.hpp"
#include "input.hpp"

#include <algorithm>

namespace cocql::fuzz {

/// Takes a byte of version, flags and whether failures come with reasons, then a body; decodes it
/// as `opcode`. What decodes must encode, and what was encoded must decode and encode to the same
/// bytes again.
inline void response(wire::opcode opcode, std::span<const std::byte> bytes) {
    const auto choice = take_byte(bytes);
    wire::frame_header header;
    header.version = (choice & 0x80) != 0 ? 0x83 : (choice & 0x40) != 0 ? 0x85 : 0x84;
    header.flags = choice & 0x0e;
    header.opcode = opcode;
    header.length = static_cast<std::uint32_t>(bytes.size());
    const auto version = static_cast<protocol_version>(header.version_number());
    message::error_extensions agreed(0xf000);
    agreed.reason_maps = (choice & 1) != 0;
    const auto said = message::decode_response(header, bytes, agreed);
    if (!said)
        return;
    base::buffer once;
    message::encode_response(once, said->message, version, 1, said->envelope);
    const auto header_again =
        wire::frame_header::decode(once.view().first<wire::frame_header::size>());
    const auto again = message::decode_response(
        header_again, once.view().subspan(wire::frame_header::size), agreed);
    require(again.has_value(), "what was encoded decodes");
    base::buffer twice;
    message::encode_response(twice, again->message, version, 1, again->envelope);
    require(std::ranges::equal(once.view(), twice.view()), "encoding is stable");
}

} // namespace cocql::fuzz
