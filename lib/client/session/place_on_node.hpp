#pragma once

#include "client/pool/host_pool.hpp"
#include "client/session/destination.hpp"
#include "core/routing/partition_replicas.hpp"

#include <algorithm>
#include <cstdint>

namespace cocql::client {

/// Where on one node a request is to go that is about a partition, or about none.
struct place_on_node {
    std::uint32_t shard;
    host_pool::shard_is why;
    bool is_replica;

    /// The replicas are the tablet's, or none for those of the ring.
    static place_on_node of(const destination& where, const routing::partition_replicas& replicas,
                            routing::host_index node, const host_pool& pool,
                            std::uint32_t chance) noexcept {
        const bool by_tablet = where.tablet() != nullptr;
        const auto told = by_tablet ? replicas.shard_on(node) : std::nullopt;
        const auto shard = told ? *told : where.shard_on(pool.sharding(), chance);
        // Of a node that is no replica no shard has the data.
        const bool is_there =
            by_tablet ? told.has_value()
                      : std::ranges::find(where.on_ring(), node) != where.on_ring().end();
        const auto why =
            is_there ? host_pool::shard_is::where_the_data_is : host_pool::shard_is::any;
        return {shard, why, is_there};
    }
};

} // namespace cocql::client
