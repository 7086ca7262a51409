#include "core/wire/segment_encoder.hpp"

#include "core/wire/compressor.hpp"
#include "core/wire/little_endian.hpp"
#include "core/wire/lz4_block.hpp"

#include <algorithm>
#include <utility>

namespace cocql::wire {

void segment_encoder::append(base::buffer& out, std::span<const std::byte> frame,
                             std::uint64_t queued) {
    const auto before = out.size();
    if (frame.size() > segment_header::longest_payload) {
        open_length_ = 0;
        while (!frame.empty()) {
            const auto part = frame.first(std::min(frame.size(), segment_header::longest_payload));
            frame = frame.subspan(part.size());
            if (!append_compressed(out, part, false))
                append_segment(out, part, false);
        }
        return;
    }
    if (append_compressed(out, frame, true)) {
        open_length_ = 0;
        return;
    }
    if (can_extend(out, frame.size(), queued)) {
        extend(out, frame);
    } else {
        append_segment(out, frame, true);
        open_length_ = frame.size();
        open_crc_ = payload_crc(frame);
    }
    open_until_ = queued + (out.size() - before);
}

bool segment_encoder::can_extend(const base::buffer& out, std::size_t by,
                                 std::uint64_t queued) const noexcept {
    return open_length_ != 0 && queued == open_until_ &&
           open_length_ + by <= segment_header::longest_payload &&
           out.size() >= header_size() + open_length_ + segment_header::trailer_size;
}

void segment_encoder::extend(base::buffer& out, std::span<const std::byte> frame) {
    out.truncate(out.size() - segment_header::trailer_size);
    const auto begin = out.size() - open_length_ - header_size();
    out.append(frame);
    open_length_ += frame.size();
    open_crc_ = payload_crc(frame, open_crc_);
    store_little_endian({out.grow(segment_header::trailer_size), segment_header::trailer_size},
                        open_crc_);
    segment_header header;
    header.length = static_cast<std::uint32_t>(open_length_);
    header.self_contained = true;
    header.encode({out.data() + begin, header_size()}, compression_);
}

bool segment_encoder::append_compressed(base::buffer& out, std::span<const std::byte> payload,
                                        bool self_contained) {
    if (!compression_ || payload.size() < shortest_compressed)
        return false;
    const auto begin = out.size();
    const auto room = payload.size() - 1;
    auto* const bytes = out.grow(header_size() + room + segment_header::trailer_size);
    const std::span<std::byte> compressed(bytes + header_size(), room);
    const auto length = compress_lz4_block(payload, compressed);
    if (length == 0) {
        out.truncate(begin);
        return false;
    }
    segment_header header;
    header.length = static_cast<std::uint32_t>(length);
    header.uncompressed_length = static_cast<std::uint32_t>(payload.size());
    header.self_contained = self_contained;
    header.encode({bytes, header_size()}, compression_);
    store_little_endian({bytes + header_size() + length, segment_header::trailer_size},
                        payload_crc(compressed.first(length)));
    out.truncate(begin + header_size() + length + segment_header::trailer_size);
    return true;
}

void segment_encoder::append_segment(base::buffer& out, std::span<const std::byte> payload,
                                     bool self_contained) {
    segment_header header;
    header.length = static_cast<std::uint32_t>(payload.size());
    header.self_contained = self_contained;
    header.encode({out.grow(header_size()), header_size()}, compression_);
    out.append(payload);
    store_little_endian({out.grow(segment_header::trailer_size), segment_header::trailer_size},
                        payload_crc(payload));
}

} // namespace cocql::wire
