#include "core/wire/segment_decoder.hpp"

#include "core/wire/little_endian.hpp"
#include "core/wire/lz4_block.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace cocql::wire {

result<void> segment_decoder::feed(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        if (header_bytes_seen_ < header_size()) {
            const auto part = std::min(bytes.size(), header_size() - header_bytes_seen_);
            std::memcpy(header_bytes_ + header_bytes_seen_, bytes.data(), part);
            header_bytes_seen_ += part;
            bytes = bytes.subspan(part);
            if (header_bytes_seen_ < header_size())
                return {};
            auto header = segment_header::decode({header_bytes_, header_size()}, compression_);
            if (!header)
                return header.error();
            header_ = *header;
        }
        std::span<const std::byte> rest;
        if (collected_.empty() && bytes.size() >= rest_size()) {
            // The usual case: the whole segment lies in this read.
            rest = bytes.first(rest_size());
            bytes = bytes.subspan(rest_size());
        } else {
            const auto part = std::min(bytes.size(), rest_size() - collected_.size());
            collected_.append(bytes.first(part));
            bytes = bytes.subspan(part);
            if (collected_.size() < rest_size())
                return {};
            rest = collected_.view();
        }
        header_bytes_seen_ = 0;
        if (auto received = segment_received(rest); !received)
            return received;
        collected_.clear();
    }
    return {};
}

result<void> segment_decoder::segment_received(std::span<const std::byte> rest) {
    const auto payload = rest.first(header_.length);
    if (payload_crc(payload) != load_little_endian(rest.last(segment_header::trailer_size)))
        return error(errc::protocol_error, "a segment's payload has a wrong CRC32");
    if (header_.uncompressed_length == 0)
        return payload_received(payload);
    if (!lz4_block_can_become(payload, header_.uncompressed_length))
        return error(errc::protocol_error, "a segment of " + std::to_string(payload.size()) +
                                               " bytes that claims to be " +
                                               std::to_string(header_.uncompressed_length) +
                                               " bytes long");
    decompressed_.clear();
    auto* const room = decompressed_.grow(header_.uncompressed_length);
    if (auto filled = decompress_lz4_block(payload, {room, header_.uncompressed_length}); !filled)
        return filled;
    return payload_received(decompressed_.view());
}

result<void> segment_decoder::payload_received(std::span<const std::byte> payload) {
    if (header_.self_contained && frames_.in_frame())
        return error(errc::protocol_error, "a self-contained segment in the middle of a frame");
    const auto before = frames_.received();
    if (auto fed = frames_.feed(payload); !fed)
        return fed.error();
    if (header_.self_contained) {
        if (frames_.in_frame())
            return error(errc::protocol_error,
                         "a frame that is longer than its self-contained segment");
        return {};
    }
    const auto completed = frames_.received() - before;
    if (completed > 1 || (completed == 1 && frames_.in_frame()))
        return error(errc::protocol_error,
                     "a segment of one long frame goes on after the frame's end");
    return {};
}

} // namespace cocql::wire
