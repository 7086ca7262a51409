#pragma once

#include <chrono>

namespace cocql::base {

/// A moment, always passed in by the caller: nothing in core reads a clock.
using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

/// "No deadline": later than every other moment.
inline constexpr time_point never = time_point::max();

} // namespace cocql::base
