#pragma once

#include "../bytes.hpp"
#include "core/base/buffer.hpp"
#include "core/base/byte_writer.hpp"
#include "core/wire/frame_assembler.hpp"
#include "core/wire/little_endian.hpp"
#include "core/wire/segment_header.hpp"

#include <string>
#include <vector>

/// Frames and segments made by hand, and a receiver that writes frames down.
namespace cocql::tests {

class frame_recorder final : public wire::frame_receiver {
  public:
    result<void> header_received(const wire::frame_header&) override { return {}; }
    result<void> frame_received(wire::frame& frame) override {
        const auto kept = frame.take();
        bodies.emplace_back(kept.view().begin(), kept.view().end());
        streams.push_back(frame.header().stream);
        return {};
    }
    std::vector<bytes> bodies;
    std::vector<std::int16_t> streams;
};

/// A whole frame, header and body.
inline bytes whole_frame(std::int16_t stream, std::span<const std::byte> body) {
    base::buffer out;
    base::byte_writer writer(out);
    wire::frame_header header;
    header.version = 0x85;
    header.stream = stream;
    header.opcode = wire::opcode::result;
    header.length = static_cast<std::uint32_t>(body.size());
    header.encode(writer);
    writer.write_bytes(body);
    return {out.view().begin(), out.view().end()};
}

/// One segment around these bytes, whatever they are.
inline bytes segment_of(std::span<const std::byte> payload, bool compression, bool self_contained,
                        std::size_t uncompressed_length = 0) {
    wire::segment_header header;
    header.length = static_cast<std::uint32_t>(payload.size());
    header.uncompressed_length = static_cast<std::uint32_t>(uncompressed_length);
    header.self_contained = self_contained;
    bytes out(wire::segment_header::size(compression));
    header.encode(out, compression);
    out.insert(out.end(), payload.begin(), payload.end());
    bytes trailer(wire::segment_header::trailer_size);
    wire::store_little_endian(trailer, wire::payload_crc(payload));
    out.insert(out.end(), trailer.begin(), trailer.end());
    return out;
}

inline bytes operator+(bytes left, const bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

} // namespace cocql::tests
