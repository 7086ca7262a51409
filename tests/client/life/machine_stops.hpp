#pragma once

#include "waiting_threads.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace cocql::tests {

/// When this machine did not let the program run: one thread for each of its processors does
/// nothing but sleep for a moment, and notes when it is woken late; and waiting_threads knows when
/// a life's threads waited for a processor. What anything else does in such a time says nothing
/// about the program.
class machine_stops {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    machine_stops();
    ~machine_stops();
    machine_stops(const machine_stops&) = delete;
    machine_stops& operator=(const machine_stops&) = delete;

    /// How much of a span of time the machine stood still, on any processor, or had to catch up, or
    /// had no processor for a thread of a life (0: of any).
    duration within(std::uint64_t life, time_point begin, time_point end);
    std::size_t count() const;
    duration longest() const;
    const waiting_threads& waiting() const noexcept { return waiting_; }

  private:
    void watch(unsigned processor);

    mutable std::mutex guard_;
    std::condition_variable over_;
    bool stopping_ = false;
    std::vector<waiting_threads::span> stops_; ///< with the time to catch up
    duration longest_{};
    std::vector<time_point> due_; ///< when each watcher is to be woken
    waiting_threads waiting_;
    std::vector<std::thread> watchers_;
};

} // namespace cocql::tests
