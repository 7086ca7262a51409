#pragma once

#include <chrono>

namespace cocql::base {

/// A moment, always passed in by the caller: nothing in core reads a clock.
using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

/// "No deadline": later than every other moment.
inline constexpr time_point never = time_point::max();

/// The moment that is so long after another one. Sums that the clock cannot count do not wrap
/// around: duration::max() after any moment is never. To be used wherever a duration that somebody
/// has set is added to a moment.
constexpr time_point after(time_point moment, duration time) noexcept {
    duration::rep sum = 0;
    if (__builtin_add_overflow(moment.time_since_epoch().count(), time.count(), &sum)) [[unlikely]]
        return time > duration::zero() ? never : time_point::min();
    return time_point(duration(sum));
}

/// How long it is from one moment to another; less than nothing where that is before. As long as can
/// be counted where it is longer. To be used wherever a deadline is turned into a duration.
constexpr duration between(time_point from, time_point to) noexcept {
    duration::rep difference = 0;
    if (__builtin_sub_overflow(to.time_since_epoch().count(), from.time_since_epoch().count(),
                               &difference)) [[unlikely]]
        return to > from ? duration::max() : duration::min();
    return duration(difference);
}

} // namespace cocql::base
