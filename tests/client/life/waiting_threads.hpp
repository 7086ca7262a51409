#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace cocql::tests {

/// When threads of a life's worlds could run and had no processor, for others had it: the kernel
/// adds that up for each thread (the second number of /proc/self/task/N/schedstat), and this reads
/// the sums every few milliseconds. Whoever only sleeps does not notice it, for what has slept is
/// let in first.
class waiting_threads {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using span = std::pair<time_point, time_point>;

    waiting_threads();
    ~waiting_threads();
    waiting_threads(const waiting_threads&) = delete;
    waiting_threads& operator=(const waiting_threads&) = delete;

    /// Threads that the calling thread starts, and theirs, belong to a life (0: no longer to any)
    /// from now on: they inherit its name.
    static void begin_threads_of(std::uint64_t life);
    /// Adds the times in which threads of a life (0: of any) waited, as far as they are within a
    /// span that is over.
    void add(std::uint64_t life, time_point begin, time_point end, std::vector<span>& out);
    /// Whether the kernel says how long threads wait.
    bool are_known() const;

  private:
    struct attended {
        std::string life; ///< as in the thread's name; empty: of none
        int schedstat = -1;
        long long waited = 0; ///< nanoseconds, by now
    };
    struct wait {
        std::string life;
        span when;
    };
    void attend();
    void look();
    void find_threads();
    void forget_before(time_point moment);

    mutable std::mutex guard_;
    bool stopping_ = false;
    std::map<int, attended> threads_;
    std::deque<wait> waits_; ///< of the last minute
    std::thread attendant_;
};

} // namespace cocql::tests
