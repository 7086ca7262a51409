#include "core/policy/slow_nodes.hpp"

#include <algorithm>

namespace cocql::policy {

void slow_nodes::took(const uuid& node, base::duration time, base::time_point now) {
    measure(node, time, true, now);
}

void slow_nodes::took_longer(const uuid& node, base::duration than, base::time_point now) {
    if (const auto found = nodes_.find(node); found != nodes_.end()) {
        // The longest that can be counted is not exact as a floating-point number.
        const auto usual = std::min(found->second.lately.mean(), length(base::duration::max() / 2));
        than = std::max(than, std::chrono::duration_cast<base::duration>(usual));
    }
    measure(node, than, false, now);
}

void slow_nodes::measure(const uuid& node, base::duration time, bool is_answer,
                         base::time_point now) {
    auto& one = nodes_[node];
    if (one.lately.count() != 0 && !is_recent(one.lately.last(), now)) {
        one.lately = {}; // it may have become another one since
        one.answers = 0;
    }
    one.answers += is_answer ? 1U : 0U;
    one.lately.add(std::max(time, base::duration::zero()), now, how_.scale());
    if (now >= next_judging_)
        judge_all(now);
    else if (one.is_slow && one.lately.mean() <= most_)
        set_slow(one, false);
}

void slow_nodes::forget(const uuid& node) noexcept {
    const auto found = nodes_.find(node);
    if (found == nodes_.end())
        return;
    set_slow(found->second, false);
    nodes_.erase(found);
}

bool slow_nodes::has(const uuid& node, base::time_point now) const noexcept {
    const auto found = nodes_.find(node);
    if (found == nodes_.end() || !found->second.is_slow)
        return false;
    const auto& one = found->second;
    return is_recent(std::max(one.lately.last(), one.tried), now);
}

void slow_nodes::tried(const uuid& node, base::time_point now) noexcept {
    if (const auto found = nodes_.find(node); found != nodes_.end())
        found->second.tried = now;
}

/// A slow one stays so however often it was measured since it was last found to be: a single
/// request is to tell, and not fifty.
void slow_nodes::judge_all(base::time_point now) noexcept {
    next_judging_ = base::after(now, how_.update_interval());
    std::erase_if(nodes_, [&](const auto& each) {
        return !each.second.is_slow && !is_recent(each.second.lately.last(), now);
    });
    auto quickest = length::max();
    for (const auto& [id, one] : nodes_)
        if (one.answers >= how_.minimum_measurements() && is_recent(one.lately.last(), now))
            quickest = std::min(quickest, one.lately.mean());
    most_ = std::max(quickest * how_.exclusion_threshold(), quickest + length(how_.tolerance()));
    for (auto& [id, one] : nodes_)
        set_slow(one, one.lately.mean() > most_ &&
                          (one.is_slow || one.lately.count() >= how_.minimum_measurements()));
}

void slow_nodes::set_slow(entry& which, bool is_slow) noexcept {
    if (which.is_slow == is_slow)
        return;
    which.is_slow = is_slow;
    slow_ += is_slow ? 1 : static_cast<std::size_t>(-1);
}

} // namespace cocql::policy
