#include "core/routing/partition_replicas.hpp"

namespace cocql::routing {

void partition_replicas::take(const topology& known, const tablet& where) {
    auto* hosts = hosts_in_place_.data();
    auto* shards = shards_in_place_.data();
    if (where.replicas.size() > most_in_place) {
        more_hosts_.resize(where.replicas.size());
        more_shards_.resize(where.replicas.size());
        hosts = more_hosts_.data();
        shards = more_shards_.data();
    }
    std::size_t count = 0;
    for (const auto& each : where.replicas)
        if (const auto found = known.find(each.host)) {
            hosts[count] = *found;
            shards[count] = each.shard;
            ++count;
        }
    has_first_ = count != 0 && known.hosts()[hosts[0]].id == where.replicas.front().host;
    hosts_ = {hosts, count};
    shards_ = {shards, count};
}

std::optional<std::uint32_t> partition_replicas::shard_on(host_index which) const noexcept {
    for (std::size_t i = 0; i < shards_.size(); ++i)
        if (hosts_[i] == which)
            return shards_[i];
    return std::nullopt;
}

} // namespace cocql::routing
