#pragma once

#include "core/base/buffer.hpp"
#include "core/base/shared_bytes.hpp"

#include <cocql/compression.hpp>
#include <cocql/result.hpp>

#include <cstddef>
#include <span>

namespace cocql::wire {

/// Shorter bytes are sent as they are: they fit into one packet either way, and most would grow.
inline constexpr std::size_t shortest_compressed = 256;

/// Compresses the bodies of v3 and v4 frames (native_protocol_v4.spec, section 5). Stateless: one
/// of each kind serves all connections.
class compressor {
  public:
    virtual ~compressor() = default;

    /// Appends the compressed body to `out`. False, and `out` as it was, when it is not worth it:
    /// the result would not be shorter.
    virtual bool compress(std::span<const std::byte> body, base::buffer& out) const = 0;
    /// errc::protocol_error when the bytes are no compressed body or claim to become longer than
    /// `limit`. Nothing is allocated by a length that so few bytes cannot become.
    virtual result<base::shared_bytes> decompress(std::span<const std::byte> body,
                                                  std::size_t limit) const = 0;

    /// The one for a kind; null for none.
    static const compressor* of(compression kind) noexcept;
};

} // namespace cocql::wire
