#pragma once

#include "core/wire/compressor.hpp"

namespace cocql::wire {

/// `snappy`: its raw format, which begins with the length of the body.
class snappy_compressor final : public compressor {
  public:
    bool compress(std::span<const std::byte> body, base::buffer& out) const override;
    result<base::shared_bytes> decompress(std::span<const std::byte> body,
                                          std::size_t limit) const override;
};

} // namespace cocql::wire
