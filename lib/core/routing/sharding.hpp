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

    /// From which ports a connection to the node's shard-aware port leads to this shard: one of
    /// them, of those that no service has (RFC 6335). Nothing where there is none. Each number
    /// gives one; those that follow one another give different ones as long as there are any.
    std::optional<std::uint16_t> source_port(std::uint32_t shard,
                                             std::uint32_t number) const noexcept;

    friend bool operator==(const sharding&, const sharding&) = default;

  private:
    std::uint32_t shards_;
    unsigned ignored_bits_;
};

/// What a node says of a connection to it and of its shards, in SUPPORTED.
struct shard_offer {
    std::optional<sharding> how; ///< nothing: the node has none
    std::uint32_t shard = 0;     ///< that the connection leads to
    /// Where the client chooses the shard by its own port; 0: nowhere.
    std::uint16_t port = 0;
    std::uint16_t tls_port = 0;

    static shard_offer in(const std::map<std::string, std::vector<std::string>>& supported);
};

} // namespace cocql::routing
