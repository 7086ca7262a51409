#pragma once

#include "core/routing/sharding.hpp"
#include "core/routing/token.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace cocql::bench {

/// Where a connection leads to and a key belongs. Nodes and shards are counted from 0.
struct place {
    std::uint32_t node = 0;
    std::uint32_t shard = 0;
};

/// What belongs where among nodes that have one replica of everything. Their tokens are equally far
/// apart and theirs in turn: to look up whose a key is must cost next to nothing beside its answer,
/// and so it is a multiplication and no search.
class shard_ring {
  public:
    /// As many as ScyllaDB gives a node where nothing else is said.
    static constexpr std::uint32_t tokens_of_each = 256;
    static constexpr unsigned ignored_bits = 12;

    /// At least one of each, and at most 255 nodes.
    shard_ring(std::uint32_t nodes, std::uint32_t shards) noexcept
        : nodes_(nodes), slices_(nodes * tokens_of_each, 0), shards_(shards, ignored_bits) {}

    std::uint32_t nodes() const noexcept { return nodes_; }
    std::uint32_t shards() const noexcept { return shards_.shards(); }
    place owner_of(routing::token where) const noexcept {
        return {slices_.shard_of(where) % nodes_, shards_.shard_of(where)};
    }
    /// The last token of each of a node's slices, as system tables have them.
    std::vector<std::string> tokens_of(std::uint32_t node) const {
        std::vector<std::string> all;
        for (auto slice = node; slice < slices_.shards(); slice += nodes_)
            all.push_back(std::to_string(last_of(slice)));
        return all;
    }

  private:
    std::int64_t last_of(std::uint32_t slice) const noexcept {
        // So many of all parts of 2^64, rounded up, less one.
        const std::uint64_t all = slices_.shards();
        const auto part = std::numeric_limits<std::uint64_t>::max() / all;
        const auto rest = std::numeric_limits<std::uint64_t>::max() % all + 1;
        const auto parts = std::uint64_t{slice} + 1;
        const auto behind = parts * part + (parts * rest + all - 1) / all;
        return static_cast<std::int64_t>((behind - 1) ^ std::uint64_t{1} << 63);
    }

    std::uint32_t nodes_;
    routing::sharding slices_; ///< equal ones of the whole ring, which is what shards are, too
    routing::sharding shards_;
};

} // namespace cocql::bench
