#include "core/routing/query_plan.hpp"

#include <algorithm>

namespace cocql::routing {

query_plan::group query_plan::group_of_replica(std::size_t which) const noexcept {
    const auto far = hosts_.of(replicas_[which]);
    if (far == distance::ignored)
        return group::none;
    if (which == 0 && is_leader_first())
        return group::leader;
    if (far == distance::remote)
        return group::remote_replicas;
    const bool by_rack = far == distance::same_rack && order_ != replica_order::as_given;
    return by_rack ? group::replicas_of_rack : group::replicas_of_datacenter;
}

query_plan::group query_plan::group_of_other(host_index who) const noexcept {
    if (is_replica(who))
        return group::none;
    switch (hosts_.of(who)) {
    case distance::same_rack:
        return group::others_of_rack;
    case distance::same_datacenter:
        return group::others_of_datacenter;
    case distance::remote:
        return group::remote_others;
    case distance::ignored:
        break;
    }
    return group::none;
}

bool query_plan::is_replica(host_index who) const noexcept {
    return std::ranges::find(replicas_, who) != replicas_.end();
}

/// What a host of the group may be found among: the replicas, or all.
std::size_t query_plan::candidates() const noexcept {
    return group_ < group::others_of_rack ? replicas_.size() : hosts_.size();
}

bool query_plan::is_in_group(std::size_t candidate) const noexcept {
    return group_ == (group_ < group::others_of_rack
                          ? group_of_replica(candidate)
                          : group_of_other(static_cast<host_index>(candidate)));
}

host_index query_plan::host_of(std::size_t candidate) const noexcept {
    return group_ < group::others_of_rack ? replicas_[candidate]
                                          : static_cast<host_index>(candidate);
}

void query_plan::enter(group next) noexcept {
    group_ = next;
    left_ = 0;
    at_ = 0;
    const auto count = candidates();
    for (std::size_t i = 0; i < count; ++i)
        left_ += is_in_group(i) ? 1u : 0u;
    const bool given = order_ == replica_order::as_given && group_ < group::others_of_rack;
    if (left_ < 2 || given)
        return;
    // Begins with any of them, each as likely as the others.
    for (auto skipped = chance_ % left_;; ++at_)
        if (is_in_group(at_) && skipped-- == 0)
            return;
}

std::optional<host_index> query_plan::next() noexcept {
    while (left_ == 0) {
        if (group_ == group::remote_others)
            return std::nullopt;
        enter(static_cast<group>(static_cast<std::uint8_t>(group_) + 1));
    }
    while (!is_in_group(at_))
        pass();
    const auto found = host_of(at_);
    pass();
    --left_;
    return found;
}

void query_plan::pass() noexcept {
    at_ = at_ + 1 == candidates() ? 0 : at_ + 1;
}

} // namespace cocql::routing
