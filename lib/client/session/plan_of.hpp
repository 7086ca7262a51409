#pragma once

#include "client/session/destination.hpp"
#include "core/routing/neighbourhood.hpp"
#include "core/routing/partition_replicas.hpp"
#include "core/routing/query_plan.hpp"

#include <cstdint>

namespace cocql::client {

/// In which order nodes are asked. The replicas are the tablet's, or none for those of the ring.
[[gnu::always_inline]] inline routing::query_plan
plan_of(const destination& where, const routing::partition_replicas& replicas,
        const routing::neighbourhood& near, std::uint32_t chance) {
    auto order = where.order();
    // A leader on a host that is not known yet: another one does not lead in its place.
    if (order == routing::replica_order::leader_first && !replicas.has_first())
        order = routing::replica_order::shuffled;
    return routing::query_plan(near, where.tablet() != nullptr ? replicas.hosts() : where.on_ring(),
                               order, chance);
}

} // namespace cocql::client
