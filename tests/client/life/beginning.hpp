#pragma once

#include "io/bridge/clock.hpp"

#include <algorithm>
#include <chrono>

namespace cocql::tests {

/// When something begins. A time-out of a second or longer counts from the system's last tick and
/// two more, which is before that moment where the tick is late, as it is on a machine whose
/// processors now and then stand still: by so much it may end early.
struct beginning {
    using clock = std::chrono::steady_clock;

    clock::time_point at = clock::now();
    /// Nothing that begins later counts from an earlier tick.
    clock::duration early_at_most =
        std::max(clock::now() - io::steady_clock().coarse_now(), clock::duration::zero());
};

} // namespace cocql::tests
