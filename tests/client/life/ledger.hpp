#pragma once

#include "machine_stops.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace cocql::tests {

/// All that is under way in all lives, when it has to be over at the latest, and how it was. What
/// is not over long after that is lost: the program says so and ends.
class ledger {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    /// Whatever ends later than this after its deadline is late.
    explicit ledger(duration allowed) : allowed_(allowed) {}
    ledger(const ledger&) = delete;
    ledger& operator=(const ledger&) = delete;

    /// Enters something that has begun.
    std::uint64_t begin(std::uint64_t life, std::string what, time_point latest);
    /// It is to be over by now, for it was cancelled.
    void cut(std::uint64_t entry);
    /// All of a life is.
    void cut_life(std::uint64_t life);
    /// It is over: `how` names the ending, for the count.
    void end(std::uint64_t entry, const std::string& how);

    /// Before its deadline, and only because the system's tick was late when it began.
    void ended_early() noexcept { ++early_; }
    std::size_t early() const noexcept { return early_; }

    /// Something that is wrong, whatever it is. Nothing but the first ones is shown.
    void fault(std::uint64_t life, const std::string& what);

    /// What should long be over, if anything.
    std::optional<std::string> lost() const;
    std::size_t faults() const noexcept { return faults_; }
    std::size_t under_way() const;
    const machine_stops& stops() const noexcept { return stops_; }
    /// How often there was each ending.
    std::map<std::string, std::size_t> endings() const;
    /// What was late only because the machine stood still.
    std::size_t excused() const noexcept { return excused_; }
    duration latest() const;

  private:
    struct entry {
        std::uint64_t life;
        std::string what;
        time_point begun;
        time_point latest;
    };

    const duration allowed_;
    machine_stops stops_;
    mutable std::mutex guard_;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, entry> open_;
    std::map<std::string, std::size_t> endings_;
    duration worst_{};
    std::atomic<std::size_t> excused_ = 0;
    std::atomic<std::size_t> early_ = 0;
    std::atomic<std::size_t> faults_ = 0;
};

/// One entry, for as long as what it stands for is awaited. One that is destroyed before it has
/// ended was in a coroutine that was destroyed with its executor.
class under_way {
  public:
    under_way(ledger& book, std::uint64_t life, std::string what, ledger::time_point latest)
        : book_(book), entry_(book.begin(life, std::move(what), latest)) {}
    ~under_way() { end("destroyed with its executor"); }
    under_way(const under_way&) = delete;
    under_way& operator=(const under_way&) = delete;

    void cut() { book_.cut(entry_); }
    void end(const std::string& how) {
        if (!ended_)
            book_.end(entry_, how);
        ended_ = true;
    }

  private:
    ledger& book_;
    const std::uint64_t entry_;
    bool ended_ = false;
};

} // namespace cocql::tests
