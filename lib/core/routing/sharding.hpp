#pragma once

#include "core/routing/token.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cocql::routing {

/// How a ScyllaDB node shares its tokens out among its shards: evenly, and `ignored_bits` times
/// over again along the ring (docs/dev/protocol-extensions.md, "Intranode sharding").
class sharding {
  public:
    static constexpr std::uint32_t most_shards = 65535;

    /// From 1 to `most_shards` shards, and 0 to 63 bits.
    constexpr sharding(std::uint32_t shards, unsigned ignored_bits) noexcept
        : shards_(shards), ignored_bits_(ignored_bits) {}
    /// What a node says of itself in SUPPORTED. Nothing where it has no shards, or has them in a
    /// way that is unknown here or makes no sense.
    static std::optional<sharding>
    offered(const std::map<std::string, std::vector<std::string>>& supported);

    constexpr std::uint32_t shards() const noexcept { return shards_; }
    constexpr unsigned ignored_bits() const noexcept { return ignored_bits_; }
    /// Counted from 0.
    constexpr std::uint32_t shard_of(token where) const noexcept {
        constexpr std::uint64_t middle = std::uint64_t{1} << 63;
        const auto biased = (static_cast<std::uint64_t>(where.value()) + middle) << ignored_bits_;
        // The upper half of a product of 128 bits.
        const auto low = (biased & 0xffffffff) * shards_;
        const auto high = (biased >> 32) * shards_;
        return static_cast<std::uint32_t>((high + (low >> 32)) >> 32);
    }

    friend bool operator==(const sharding&, const sharding&) = default;

  private:
    std::uint32_t shards_;
    unsigned ignored_bits_;
};

} // namespace cocql::routing
