#include "core/wire/frame_header.hpp"

#include "core/base/big_endian.hpp"

namespace cocql::wire {

frame_header frame_header::decode(std::span<const std::byte, size> bytes) noexcept {
    frame_header header;
    header.version = static_cast<std::uint8_t>(bytes[0]);
    header.flags = static_cast<std::uint8_t>(bytes[1]);
    header.stream = static_cast<std::int16_t>(base::load_big_endian<std::uint16_t>(&bytes[2]));
    header.opcode = static_cast<wire::opcode>(bytes[4]);
    header.length = base::load_big_endian<std::uint32_t>(&bytes[5]);
    return header;
}

void frame_header::encode(base::byte_writer& out) const {
    std::byte bytes[size];
    bytes[0] = static_cast<std::byte>(version);
    bytes[1] = static_cast<std::byte>(flags);
    base::store_big_endian(&bytes[2], static_cast<std::uint16_t>(stream));
    bytes[4] = static_cast<std::byte>(opcode);
    base::store_big_endian(&bytes[5], length);
    out.write_bytes(bytes);
}

} // namespace cocql::wire
