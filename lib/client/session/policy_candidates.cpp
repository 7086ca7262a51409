#include "client/session/policy_candidates.hpp"

#include "client/session/place_on_node.hpp"
#include "client/session/plan_of.hpp"

#include <algorithm>

namespace cocql::client {

routing::query_plan policy_candidates::whole_plan() const noexcept {
    return plan_of(where_, replicas_, all_.near, chance_);
}

host_pool* policy_candidates::pool_of(routing::host_index which) const noexcept {
    return which < all_.pools.size() ? all_.pools[which] : nullptr;
}

bool policy_candidates::has(routing::host_index which) const noexcept {
    const auto far = all_.near.of(which);
    if (far == routing::distance::ignored || (all_.stays_near && far == routing::distance::remote))
        return false;
    return pool_of(which) != nullptr && !before_.has(all_.hosts.hosts()[which].id) &&
           std::ranges::find(passed_over_, which) == passed_over_.end();
}

request_candidate policy_candidates::described(routing::host_index which) const noexcept {
    const auto& host = all_.hosts.hosts()[which];
    const auto& pool = *pool_of(which);
    const auto place = place_on_node::of(where_, replicas_, which, pool, chance_);
    request_candidate made;
    made.host = host.id;
    made.datacenter = host.datacenter;
    made.rack = host.rack;
    made.distance = all_.near.of(which) == routing::distance::remote ? host_distance::remote
                                                                     : host_distance::local;
    made.is_replica = place.is_replica;
    if (place.is_replica && pool.sharding())
        made.shard = place.shard;
    made.connections = pool.size();
    return made;
}

std::optional<request_candidate> policy_candidates::next() {
    while (const auto each = plan_->next())
        if (has(*each))
            return described(*each);
    return std::nullopt;
}

std::optional<request_candidate> policy_candidates::find(const uuid& host) const {
    const auto found = named(host);
    return found ? std::optional(described(*found)) : std::nullopt;
}

std::optional<routing::host_index> policy_candidates::named(const uuid& host) const noexcept {
    const auto found = all_.hosts.find(host);
    return found && has(*found) ? found : std::nullopt;
}

} // namespace cocql::client
