#pragma once

#include "core/base/buffer.hpp"
#include "core/wire/segment_header.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocql::wire {

/// Puts frames into the segments of protocol v5.
///
/// Frames that are written one after another share a self-contained segment as long as it has not
/// left the buffer and has room: it is made longer in place. A frame too long for one segment gets
/// several of its own. With compression a frame (or a part of a long one) that becomes shorter gets
/// a compressed segment of its own; what is short stays as it is and is shared.
class segment_encoder {
  public:
    /// `compression`: whether lz4 was agreed on.
    explicit segment_encoder(bool compression) noexcept : compression_(compression) {}

    /// Appends a whole frame, header and body, to `out`. `queued` is how many bytes were ever put
    /// into `out`; those that are in it no more have been taken from its front.
    void append(base::buffer& out, std::span<const std::byte> frame, std::uint64_t queued);

  private:
    std::size_t header_size() const noexcept { return segment_header::size(compression_); }
    bool can_extend(const base::buffer& out, std::size_t by, std::uint64_t queued) const noexcept;
    void extend(base::buffer& out, std::span<const std::byte> frame);
    bool append_compressed(base::buffer& out, std::span<const std::byte> payload,
                           bool self_contained);
    void append_segment(base::buffer& out, std::span<const std::byte> payload, bool self_contained);

    bool compression_;
    /// The last segment, if more frames may join it.
    std::size_t open_length_ = 0;
    std::uint32_t open_crc_ = 0;
    std::uint64_t open_until_ = 0; ///< `queued` at its end
};

} // namespace cocql::wire
