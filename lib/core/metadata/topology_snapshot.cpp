#include "core/metadata/topology_snapshot.hpp"

#include "core/routing/partitioner.hpp"

#include <algorithm>
#include <utility>

namespace cocql::metadata {

namespace {

/// Keeps one host of each id; what comes first counts less.
std::vector<host> one_of_each(std::vector<host> all) {
    std::ranges::stable_sort(all, {}, &host::id);
    std::vector<host> kept;
    for (auto& each : all) {
        if (kept.empty() || kept.back().id != each.id)
            kept.push_back(std::move(each));
        else if (!each.tokens.empty() || kept.back().tokens.empty())
            kept.back() = std::move(each);
    }
    return kept;
}

std::shared_ptr<const routing::topology> routing_of(const std::vector<host>& hosts,
                                                    bool with_tokens) {
    std::vector<routing::topology::host> all;
    all.reserve(hosts.size());
    for (const auto& each : hosts)
        all.push_back({each.id, each.datacenter, each.rack,
                       with_tokens ? each.tokens : std::vector<routing::token>()});
    return std::make_shared<const routing::topology>(std::move(all));
}

} // namespace

topology_snapshot::topology_snapshot(local_node local, std::vector<host> peers)
    : cluster_name_(std::move(local.cluster_name)), partitioner_(std::move(local.partitioner)) {
    std::erase_if(peers, [&](const host& each) { return each.id == local.self.id; });
    peers.push_back(std::move(local.self));
    hosts_ = one_of_each(std::move(peers));
    const auto how = routing::partitioner_of(partitioner_);
    routing_ = routing_of(hosts_, how == routing::partitioner::murmur3);
}

const host* topology_snapshot::find(const uuid& id) const noexcept {
    const auto found = std::ranges::lower_bound(hosts_, id, {}, &host::id);
    return found != hosts_.end() && found->id == id ? &*found : nullptr;
}

const host* topology_snapshot::find(const inet_address& address) const noexcept {
    const auto by_clients = std::ranges::find(hosts_, address, &host::address);
    if (by_clients != hosts_.end())
        return &*by_clients;
    const auto by_nodes = std::ranges::find(hosts_, address, &host::broadcast_address);
    return by_nodes != hosts_.end() ? &*by_nodes : nullptr;
}

} // namespace cocql::metadata
