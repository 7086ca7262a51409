#include "client/session/siblings.hpp"

#include "client/session/session_core.hpp"
#include "client/session/sum_of_metrics.hpp"

#include <cstddef>
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

void siblings::forget(const session_core& who) {
    std::erase_if(all_, [&](const entry& each) { return each.which == &who; });
}

policy::share siblings::share_of_last() const noexcept {
    const auto place = static_cast<std::uint32_t>(all_.size());
    return {place, place + 1};
}

/// Again, where one is found to be gone: the others are fewer then.
policy::share siblings::share_out() {
    for (std::size_t told = 0;;) {
        if (told == all_.size())
            return {0, static_cast<std::uint32_t>(all_.size() + 1)};
        const policy::share theirs{static_cast<std::uint32_t>(told + 1),
                                   static_cast<std::uint32_t>(all_.size() + 1)};
        const auto tell = [theirs](session_core& sibling) { sibling.have_share(theirs); };
        if (tell_one(all_[told], tell)) {
            ++told;
        } else {
            all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(told));
            told = 0;
        }
    }
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
