#pragma once

#include "client/session/cluster_map.hpp"
#include "core/message/partition_key_cells.hpp"
#include "core/routing/partitioner.hpp"
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
    /// In line, as all that it calls where the key is one number: a part of what a request costs.
    [[gnu::always_inline]] destination(const bound_statement& by, const cluster_map::route& route,
                                       consistency level) {
        if (!route.keys) [[unlikely]]
            return;
        token_ = token_of(by, *route.keys);
        if (token_) [[likely]]
            lead(route, level, by.statement().is_conditional());
    }
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
    [[gnu::always_inline]] static std::optional<routing::token>
    token_of(const bound_statement& by, routing::partitioner keys) {
        if (by.statement().partition_key_indices().size() != 1) [[unlikely]]
            return token_of_several(by, keys);
        const auto found = message::partition_key_cells::only_one(by);
        if (!found) [[unlikely]]
            return std::nullopt;
        return routing::token_of_one(keys, *found);
    }
    static std::optional<routing::token> token_of_several(const bound_statement& by,
                                                          routing::partitioner keys);
    /// One of the replicas leads, and what a majority of them is to agree on goes to it first.
    static bool is_for_leader(consistency level) noexcept {
        return level != consistency::one && level != consistency::local_one;
    }
    [[gnu::always_inline]] void lead(const cluster_map::route& route, consistency level,
                                     bool is_conditional) {
        const bool serial = is_serial(level) || is_conditional;
        if (serial) [[unlikely]]
            order_ = routing::replica_order::as_given;
        if (route.tablets != nullptr) {
            tablet_ = route.tablets->find(*token_);
            if (tablet_ != nullptr && tablet_->version && route.has_leaders && !serial &&
                is_for_leader(level))
                order_ = routing::replica_order::leader_first;
        } else if (route.ring != nullptr) {
            on_ring_ = serial ? route.ring->replicas_along_ring(*token_)
                              : route.ring->replicas_of(*token_);
        }
    }

    std::optional<routing::token> token_;
    std::span<const routing::host_index> on_ring_;
    const routing::tablet* tablet_ = nullptr;
    routing::replica_order order_ = routing::replica_order::shuffled;
};

} // namespace cocql::client
