#include "client/control/candidate_queue.hpp"

#include <algorithm>
#include <utility>

namespace cocql::client {

candidate_queue::candidate_queue(const std::vector<candidate>& all, differences what_counts)
    : what_counts_(what_counts) {
    for (const auto& each : all)
        turns_.push_back({each});
}

candidate candidate_queue::next() {
    if (turns_.empty())
        turns_.push_back(std::exchange(again_, {}));
    auto mine = std::move(turns_.front());
    turns_.pop_front();
    taken_.push_back(std::move(mine.front()));
    mine.pop_front();
    if (!mine.empty())
        turns_.push_back(std::move(mine));
    return taken_.back();
}

void candidate_queue::found(const std::vector<candidate>& addresses) {
    turn of_name;
    for (const auto& each : addresses)
        add(each, of_name);
    if (of_name.empty())
        return;
    turns_.push_front({std::move(of_name.front())});
    of_name.pop_front();
    if (!of_name.empty())
        turns_.push_back(std::move(of_name));
}

void candidate_queue::add(const candidate& address, turn& of_name) {
    const auto is_it = [&](const candidate& each) { return are_one(each, address); };
    const auto is_there = [&](const candidate& each) { return are_one_place(each, address); };
    const auto any = [&](const auto& so) {
        return std::ranges::any_of(taken_, so) || std::ranges::any_of(of_name, so);
    };
    if (any(is_it) || std::ranges::any_of(again_, is_it))
        return;
    if (any(is_there)) {
        again_.push_back(address);
        return;
    }
    // Where it is next it is earlier than one that waits; otherwise that may be.
    const bool is_next = of_name.empty();
    for (auto& waiting : turns_) {
        const auto same = std::ranges::find_if(waiting, is_there);
        if (same == waiting.end())
            continue;
        const auto& later = is_next ? *same : address;
        if (!is_it(*same))
            again_.push_back(later);
        if (!is_next)
            return;
        waiting.erase(same);
        break;
    }
    std::erase_if(turns_, [](const turn& each) { return each.empty(); });
    of_name.push_back(address);
}

bool candidate_queue::are_one_place(const candidate& a, const candidate& b) const {
    return a.is_at(b.where()) && (!what_counts_.by_being_given || a.is_given() == b.is_given());
}

bool candidate_queue::are_one(const candidate& a, const candidate& b) const {
    return are_one_place(a, b) && (!what_counts_.by_name || a.name() == b.name());
}

std::size_t candidate_queue::places() const {
    auto count = again_.size();
    for (const auto& each : turns_)
        count += each.size();
    return count + static_cast<std::size_t>(std::ranges::count_if(
                       taken_, [](const candidate& each) { return !each.is_to_be_looked_up(); }));
}

} // namespace cocql::client
