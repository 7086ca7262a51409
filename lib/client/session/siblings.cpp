#include "client/session/siblings.hpp"

#include "client/session/session_core.hpp"
#include "client/session/sum_of_metrics.hpp"

#include <utility>

namespace cocql::client {

void siblings::add(const std::shared_ptr<session_core>& who) {
    all_.push_back({who.get(), who, who->where_it_lives()});
    ++count_;
}

void siblings::remove(const session_core& who, const session_metrics& counted) {
    if (std::erase_if(all_, [&](const entry& each) { return each.which == &who; }) == 0)
        return;
    add_counts(counted, counted_);
}

/// False where it is gone.
bool siblings::tell_one(const entry& whom, const news& what) {
    return whom.where->post([who = whom.who, what] {
        if (const auto alive = who.lock())
            what(*alive);
    });
}

void siblings::tell_but(const session_core* whom, const news& what) {
    std::erase_if(all_,
                  [&](const entry& each) { return each.which != whom && !tell_one(each, what); });
}

std::vector<std::shared_ptr<session_core>> siblings::present() const {
    std::vector<std::shared_ptr<session_core>> alive;
    for (const auto& each : all_)
        if (auto one = each.who.lock())
            alive.push_back(std::move(one));
    return alive;
}

} // namespace cocql::client
