#pragma once

#include "core/wire/compressor.hpp"

namespace cocql::wire {

/// `lz4`: the length of the body, four bytes big-endian, and one block.
class lz4_compressor final : public compressor {
  public:
    bool compress(std::span<const std::byte> body, base::buffer& out) const override;
    result<base::shared_bytes> decompress(std::span<const std::byte> body,
                                          std::size_t limit) const override;
};

} // namespace cocql::wire
