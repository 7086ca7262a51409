#include "core/protocol/phase_clock.hpp"

#include <cstdio>
#include <string>
#include <utility>

namespace cocql::protocol {

void phase_clock::enter(phase next, base::time_point now) {
    if (current_ != phase::ready)
        add(past_, current_, now - entered_);
    current_ = next;
    entered_ = now;
}

phase_times phase_clock::times(base::time_point now) const {
    auto times = past_;
    if (current_ != phase::ready)
        add(times, current_, now - entered_);
    return times;
}

phase_times phase_clock::take_times(base::time_point now) {
    if (current_ != phase::ready)
        add(past_, current_, now - entered_);
    return std::exchange(past_, {});
}

error phase_clock::timed_out(base::time_point now) const {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.2f",
                  std::chrono::duration<double>(now - begun_).count());
    return error(errc::timed_out,
                 "timed out in " + std::string(to_string(current_)) + " after " + seconds + " s")
        .in(current_, times(now));
}

void phase_clock::add(phase_times& times, phase which, base::duration taken) {
    for (auto& entry : times)
        if (entry.phase == which) {
            entry.taken += taken;
            return;
        }
    times.push_back({which, taken});
}

} // namespace cocql::protocol
