#include "core/policy/refresh_schedule.hpp"

#include <algorithm>
#include <utility>

namespace cocql::policy {

void refresh_schedule::want(parts what, base::time_point now) noexcept {
    if (!what.any())
        return;
    if (!wanted_.any())
        next_ = std::max(base::after(now, gathering_), earliest_);
    wanted_.topology |= what.topology;
    wanted_.schema |= what.schema;
}

void refresh_schedule::hurry(parts what, base::time_point now) noexcept {
    want(what, now);
    if (what.any())
        next_ = std::min(next_, now);
}

refresh_schedule::parts refresh_schedule::begin(base::time_point now) noexcept {
    earliest_ = base::after(now, interval_);
    next_ = base::never;
    return std::exchange(wanted_, parts());
}

void refresh_schedule::clear(base::time_point now) noexcept {
    static_cast<void>(begin(now));
}

} // namespace cocql::policy
