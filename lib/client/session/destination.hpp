#pragma once

#include "client/session/cluster_map.hpp"
#include "core/routing/query_plan.hpp"
#include "core/routing/sharding.hpp"
#include "core/routing/tablet.hpp"

#include <cocql/bound_statement.hpp>
#include <cocql/consistency.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace cocql::client {

/// Where the partition that a request is about lies, as far as that can be said at once. Borrows
/// the map.
class destination {
  public:
    destination() = default; ///< anywhere
    destination(const bound_statement& by, const cluster_map::route& route, consistency level);
    /// Of a token that was found otherwise; null: none.
    destination(std::optional<routing::token> where, const cluster_map::route& route,
                consistency level, bool is_conditional);

    /// Whether it is about one partition, and which one is known.
    bool is_somewhere() const noexcept { return token_.has_value(); }
    const std::optional<routing::token>& token() const noexcept { return token_; }
    std::span<const routing::host_index> on_ring() const noexcept { return on_ring_; }
    /// Null where it is in none that is known.
    const routing::tablet* tablet() const noexcept { return tablet_; }
    routing::replica_order order() const noexcept { return order_; }
    /// As the token says; a tablet may say otherwise.
    std::uint32_t shard_on(const std::optional<routing::sharding>& shards,
                           std::uint32_t chance) const noexcept {
        if (!shards)
            return 0;
        return token_ ? shards->shard_of(*token_) : chance % shards->shards();
    }

  private:
    void lead(const cluster_map::route& route, consistency level, bool is_conditional);

    std::optional<routing::token> token_;
    std::span<const routing::host_index> on_ring_;
    const routing::tablet* tablet_ = nullptr;
    routing::replica_order order_ = routing::replica_order::shuffled;
};

} // namespace cocql::client
