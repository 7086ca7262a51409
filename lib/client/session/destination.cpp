#include "client/session/destination.hpp"

#include "core/message/partition_key_cells.hpp"
#include "core/routing/partitioner.hpp"

namespace cocql::client {

namespace {

using cell = message::partition_key_cells::cell;

[[gnu::noinline]] std::optional<routing::token> token_of_several(const bound_statement& by,
                                                                 routing::partitioner keys) {
    const message::partition_key_cells cells(by);
    if (cells.get().empty())
        return std::nullopt;
    return routing::token_of(keys, cells.get());
}

std::optional<routing::token> token_of(const bound_statement& by, routing::partitioner keys) {
    if (by.statement().partition_key_indices().size() != 1) [[unlikely]]
        return token_of_several(by, keys);
    const auto found = message::partition_key_cells::only_one(by);
    if (!found) [[unlikely]]
        return std::nullopt;
    return routing::token_of(keys, std::span<const cell>(&*found, 1));
}

/// One of the replicas leads, and what a majority of them is to agree on goes to it first.
bool is_for_leader(consistency level) noexcept {
    return level != consistency::one && level != consistency::local_one;
}

} // namespace

[[gnu::always_inline]] inline void destination::lead(const cluster_map::route& route,
                                                     consistency level, bool is_conditional) {
    const bool serial = is_serial(level) || is_conditional;
    if (serial) [[unlikely]]
        order_ = routing::replica_order::as_given;
    if (route.tablets != nullptr) {
        tablet_ = route.tablets->find(*token_);
        if (tablet_ != nullptr && tablet_->version && route.has_leaders && !serial &&
            is_for_leader(level))
            order_ = routing::replica_order::leader_first;
    } else if (route.ring != nullptr) {
        on_ring_ =
            serial ? route.ring->replicas_along_ring(*token_) : route.ring->replicas_of(*token_);
    }
}

destination::destination(const bound_statement& by, const cluster_map::route& route,
                         consistency level) {
    if (!route.keys) [[unlikely]]
        return;
    token_ = token_of(by, *route.keys);
    if (!token_) [[unlikely]]
        return;
    lead(route, level, by.statement().is_conditional());
}

destination::destination(std::optional<routing::token> where, const cluster_map::route& route,
                         consistency level, bool is_conditional) {
    if (!route.keys || !where)
        return;
    token_ = where;
    lead(route, level, is_conditional);
}

} // namespace cocql::client
