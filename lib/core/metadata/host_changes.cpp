#include "core/metadata/host_changes.hpp"

#include <algorithm>
#include <tuple>

namespace cocql::metadata {

namespace {

auto place_of(const host& which) {
    return std::tie(which.address, which.port);
}

auto description_of(const host& which) {
    return std::tie(which.datacenter, which.rack, which.release_version);
}

void add_changes(const host& before, const host& after, std::vector<host_change>& changes) {
    if (place_of(before) != place_of(after))
        changes.push_back({host_change::kind::moved, after.id});
    if (description_of(before) != description_of(after))
        changes.push_back({host_change::kind::altered, after.id});
}

} // namespace

std::vector<host_change> host_changes(const topology_snapshot& before,
                                      const topology_snapshot& after) {
    std::vector<host_change> changes;
    auto old = before.hosts().begin();
    for (const auto& each : after.hosts()) {
        for (; old != before.hosts().end() && old->id < each.id; ++old)
            changes.push_back({host_change::kind::removed, old->id});
        if (old != before.hosts().end() && old->id == each.id)
            add_changes(*old++, each, changes);
        else
            changes.push_back({host_change::kind::added, each.id});
    }
    for (; old != before.hosts().end(); ++old)
        changes.push_back({host_change::kind::removed, old->id});
    return changes;
}

bool is_same_ring(const topology_snapshot& before, const topology_snapshot& after) {
    const auto with_data = [](const topology_snapshot& which) {
        std::vector<const routing::topology::host*> hosts;
        for (const auto& each : which.routing()->hosts())
            if (!each.tokens.empty())
                hosts.push_back(&each);
        return hosts;
    };
    return std::ranges::equal(with_data(before), with_data(after),
                              [](const auto* a, const auto* b) {
                                  return std::tie(a->id, a->datacenter, a->rack, a->tokens) ==
                                         std::tie(b->id, b->datacenter, b->rack, b->tokens);
                              });
}

} // namespace cocql::metadata
