#pragma once

#include "core/base/buffer.hpp"
#include "core/wire/frame_assembler.hpp"
#include "core/wire/segment_header.hpp"

#include <cocql/result.hpp>

#include <cstddef>
#include <span>

namespace cocql::wire {

/// Takes the segments of protocol v5, arriving in any pieces, apart and feeds what is in them to a
/// frame_assembler, after both checks have come out right.
///
/// Holds at most one segment: 128 KiB, and as much again for what it is decompressed to.
class segment_decoder {
  public:
    /// Borrows the assembler. `compression`: whether lz4 was agreed on.
    segment_decoder(frame_assembler& frames, bool compression) noexcept
        : frames_(frames), compression_(compression) {}

    /// Takes all of `bytes`. The first error, the assembler's or its receiver's, a wrong check, or
    /// frames that do not lie in their segments as they should, is returned and nothing may be fed
    /// after it.
    result<void> feed(std::span<const std::byte> bytes);

    /// Whether a segment has begun and is not complete.
    bool in_segment() const noexcept { return header_bytes_seen_ != 0; }

  private:
    std::size_t header_size() const noexcept { return segment_header::size(compression_); }
    /// Of what follows the header.
    std::size_t rest_size() const noexcept { return header_.length + segment_header::trailer_size; }
    result<void> segment_received(std::span<const std::byte> rest);
    result<void> payload_received(std::span<const std::byte> payload);

    frame_assembler& frames_;
    bool compression_;
    std::byte header_bytes_[segment_header::longest]{};
    std::size_t header_bytes_seen_ = 0;
    segment_header header_;
    base::buffer collected_;
    base::buffer decompressed_;
};

} // namespace cocql::wire
