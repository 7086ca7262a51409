#include "core/metadata/placement.hpp"

#include <algorithm>
#include <utility>

namespace cocql::metadata {

namespace {

/// Whether hosts have the same numbers, and replicas would be the same ones.
bool is_same_for_routing(const routing::topology& one, const routing::topology& other) {
    return &one == &other || std::ranges::equal(one.hosts(), other.hosts());
}

} // namespace

placement::placement(std::shared_ptr<const topology_snapshot> hosts, keyspaces known,
                     const placement* before)
    : hosts_(std::move(hosts)), keyspaces_(std::move(known)) {
    const bool same =
        before != nullptr && is_same_for_routing(*hosts_->routing(), *before->hosts_->routing());
    for (const auto& [name, each] : keyspaces_) {
        const auto& how = each.replication;
        if (each.has_tablets || how.kind() == routing::replication::strategy::unknown)
            continue;
        auto& map = replicas_[how];
        if (map)
            continue;
        if (same)
            if (const auto old = before->replicas_.find(how); old != before->replicas_.end())
                map = old->second;
        if (!map)
            map = std::make_shared<const routing::replica_map>(hosts_->routing(), how);
    }
}

const keyspace* placement::find(std::string_view name) const noexcept {
    const auto found = keyspaces_.find(name);
    return found != keyspaces_.end() ? &found->second : nullptr;
}

const routing::replica_map* placement::replicas_of(std::string_view keyspace) const noexcept {
    const auto* const known = find(keyspace);
    if (known == nullptr || known->has_tablets)
        return nullptr;
    const auto found = replicas_.find(known->replication);
    return found != replicas_.end() ? found->second.get() : nullptr;
}

std::optional<routing::partitioner>
placement::partitioner_of(std::string_view keyspace, std::string_view table) const noexcept {
    if (const auto* const known = find(keyspace))
        if (const auto own = known->partitioners.find(table); own != known->partitioners.end())
            return own->second;
    return routing::partitioner_of(hosts_->partitioner());
}

} // namespace cocql::metadata
