#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocql::routing {

/// MurmurHash3 (x64, 128 bits, seed 0) as Cassandra computes it: the bytes behind the last whole
/// block are taken as signed, which is not what the hash's author does, and only the first half of
/// the result counts (org.apache.cassandra.utils.MurmurHash, hash3_x64_128).
///
/// Bytes may come in pieces, as the columns of a partition key do.
class murmur3 {
  public:
    /// Of bytes that are all there.
    static std::int64_t of(std::span<const std::byte> bytes) noexcept;

    void update(std::span<const std::byte> bytes) noexcept;
    std::int64_t finish() const noexcept;

  private:
    static constexpr std::size_t block_size = 16;

    void take_block(const std::byte* block) noexcept;
    /// `rest` is what follows the last block.
    std::int64_t finish(const std::byte* rest, std::size_t size) const noexcept;

    std::uint64_t first_ = 0;
    std::uint64_t second_ = 0;
    std::uint64_t length_ = 0;
    std::byte rest_[block_size]; ///< what is no block yet
    std::size_t rest_size_ = 0;
};

} // namespace cocql::routing
