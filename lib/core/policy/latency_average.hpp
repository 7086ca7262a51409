#pragma once

#include "core/base/time.hpp"

#include <chrono>
#include <cstdint>
#include <ratio>

namespace cocql::policy {

/// How long something has taken lately: the mean of what was measured, in which a measurement
/// counts for e times less with each `scale` that has passed since. Those of one moment count
/// alike, however many there are: answers come in swarms.
class latency_average {
  public:
    /// The mean need not be a whole number of anything, and any duration fits in.
    using length = std::chrono::duration<double, std::nano>;

    /// The scale is the same each time; zero or less: only what comes last counts. A moment that is
    /// before the last one is taken for that.
    void add(base::duration took, base::time_point now, base::duration scale) noexcept;

    /// How often it was measured.
    std::uint64_t count() const noexcept { return count_; }
    /// Where it was: the mean, and when it was the last time.
    length mean() const noexcept { return length(sum_ / weight_); }
    base::time_point last() const noexcept { return last_; }

  private:
    // Both as of the last moment: later they would only be less by the same factor.
    double sum_ = 0; ///< of the measurements, in nanoseconds, each times what it counts for
    double weight_ = 0;
    base::time_point last_ = base::time_point::min();
    std::uint64_t count_ = 0;
};

} // namespace cocql::policy
