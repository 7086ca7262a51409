#include "core/routing/topology.hpp"

#include <algorithm>

namespace cocql::routing {

topology::topology(std::vector<host> hosts) : hosts_(std::move(hosts)) {
    places_.reserve(hosts_.size());
    by_id_.reserve(hosts_.size());
    for (const auto& each : hosts_)
        add(each);
    std::ranges::sort(by_id_);
    // Stable: should two hosts claim one token, the same one has it each time.
    std::ranges::stable_sort(ring_, {}, &ring_place::where);
}

void topology::add(const host& what) {
    const auto index = static_cast<host_index>(places_.size());
    const auto where = datacenter_named(what.datacenter);
    const auto rack = rack_named(where, what.rack);
    places_.push_back({where, rack});
    by_id_.emplace_back(what.id, index);
    for (const auto token : what.tokens)
        ring_.push_back({token, index});
    if (what.tokens.empty())
        return;
    ++hosts_with_data_;
    ++datacenters_[where].hosts_with_data;
    if (!std::exchange(racks_[rack].has_data, true))
        ++datacenters_[where].racks_with_data;
}

datacenter_index topology::datacenter_named(const std::string& name) {
    if (const auto known = find_datacenter(name))
        return *known;
    datacenters_.push_back({name});
    return static_cast<datacenter_index>(datacenters_.size() - 1);
}

rack_index topology::rack_named(datacenter_index datacenter, const std::string& name) {
    const auto found = std::ranges::find_if(racks_, [&](const rack& each) {
        return each.datacenter == datacenter && each.name == name;
    });
    if (found != racks_.end())
        return static_cast<rack_index>(found - racks_.begin());
    racks_.push_back({datacenter, name});
    return static_cast<rack_index>(racks_.size() - 1);
}

std::optional<datacenter_index> topology::find_datacenter(std::string_view name) const noexcept {
    const auto found = std::ranges::find(datacenters_, name, &datacenter::name);
    if (found == datacenters_.end())
        return std::nullopt;
    return static_cast<datacenter_index>(found - datacenters_.begin());
}

std::optional<host_index> topology::find(const uuid& id) const noexcept {
    const auto found =
        std::ranges::lower_bound(by_id_, id, {}, &std::pair<uuid, host_index>::first);
    if (found == by_id_.end() || found->first != id)
        return std::nullopt;
    return found->second;
}

} // namespace cocql::routing
