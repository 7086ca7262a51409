#pragma once

#include "core/base/big_endian.hpp"
#include "core/routing/partitioner.hpp"
#include "shard_ring.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocql::bench {

/// Counts the requests of keys that come to one shard, and which of them belong to another node, or
/// to another shard of this one.
class request_counter {
  public:
    request_counter(const shard_ring& ring, place here) noexcept : ring_(ring), here_(here) {}

    /// EXECUTE of protocol v3 or v4, whole, of a measured statement: its first value is its key, a
    /// bigint. One without values is not counted.
    void count(std::span<const std::byte> body) noexcept {
        if (body.size() < key_at + key_size || (body[flags_at] & has_values) == std::byte{} ||
            base::load_big_endian<std::uint32_t>(&body[key_at - 4]) != key_size)
            return;
        ++requests_;
        const auto where =
            routing::token_of_one(routing::partitioner::murmur3, body.subspan(key_at, key_size));
        const auto owner = ring_.owner_of(where);
        if (owner.node != here_.node)
            ++of_other_nodes_;
        else if (owner.shard != here_.shard)
            ++of_other_shards_;
    }
    std::uint64_t requests() const noexcept { return requests_; }
    std::uint64_t of_other_nodes() const noexcept { return of_other_nodes_; }
    std::uint64_t of_other_shards() const noexcept { return of_other_shards_; }

  private:
    // The id with its length, consistency, flags, the count of values and the first one's length
    // (native_protocol_v4.spec, 4.1.6).
    static constexpr std::size_t flags_at = 2 + 16 + 2;
    static constexpr std::size_t key_at = flags_at + 1 + 2 + 4;
    static constexpr std::size_t key_size = 8;
    static constexpr std::byte has_values{0x01};

    const shard_ring& ring_;
    place here_;
    std::uint64_t requests_ = 0;
    std::uint64_t of_other_nodes_ = 0;
    std::uint64_t of_other_shards_ = 0;
};

} // namespace cocql::bench
