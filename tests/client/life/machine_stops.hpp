#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace cocql::tests {

/// When this machine did not let the program run: one thread for each of its processors does
/// nothing but sleep for a moment, and notes when it is woken late. What anything else does in such
/// a time says nothing about the program.
class machine_stops {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    machine_stops();
    ~machine_stops();
    machine_stops(const machine_stops&) = delete;
    machine_stops& operator=(const machine_stops&) = delete;

    /// How much of a span of time the machine stood still, on any processor, or had to catch up.
    duration within(time_point begin, time_point end) const;
    std::size_t count() const;
    duration longest() const;

  private:
    struct stop {
        time_point begin;
        time_point end;
    };
    void watch(unsigned processor);

    mutable std::mutex guard_;
    std::condition_variable over_;
    bool stopping_ = false;
    std::vector<stop> stops_; ///< with the time to catch up
    duration longest_{};
    std::vector<time_point> due_; ///< when each watcher is to be woken
    std::vector<std::thread> watchers_;
};

} // namespace cocql::tests
