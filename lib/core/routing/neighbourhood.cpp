#include "core/routing/neighbourhood.hpp"

#include <algorithm>

namespace cocql::routing {

namespace {

distance distance_of(const topology::host& host, const preference& wanted) {
    const bool near = wanted.datacenter.empty() || host.datacenter == wanted.datacenter;
    if (!near)
        return wanted.remote_hosts ? distance::remote : distance::ignored;
    const bool same_rack =
        !wanted.datacenter.empty() && !wanted.rack.empty() && host.rack == wanted.rack;
    return same_rack ? distance::same_rack : distance::same_datacenter;
}

distance judged_distance_of(const topology::host& host, const preference& wanted) {
    if (wanted.filter && !wanted.filter(host))
        return distance::ignored;
    const auto usual = distance_of(host, wanted);
    return wanted.judge ? wanted.judge(host, usual) : usual;
}

} // namespace

bool is_alike(const preference& one, const preference& other) noexcept {
    return one.datacenter == other.datacenter && one.rack == other.rack &&
           one.remote_hosts == other.remote_hosts;
}

neighbourhood::neighbourhood(const topology& hosts, const preference& wanted) {
    distances_.reserve(hosts.hosts().size());
    for (const auto& each : hosts.hosts())
        distances_.push_back(judged_distance_of(each, wanted));
    one_ = !wanted.judge && !distances_.empty() && distances_.front() < distance::remote &&
           std::ranges::all_of(distances_,
                               [this](distance each) { return each == distances_.front(); });
}

} // namespace cocql::routing
