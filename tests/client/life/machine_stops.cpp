#include "machine_stops.hpp"

#include <algorithm>
#include <pthread.h>
#include <sched.h>

namespace cocql::tests {

using namespace std::chrono_literals;

namespace {

constexpr auto nap = 2ms;
/// What is woken later than this was stopped. An ending takes several threads' turns, each of which
/// may have to wait for as long.
constexpr auto usual = 1ms;

} // namespace

machine_stops::machine_stops() {
    const auto count = std::max(1u, std::thread::hardware_concurrency());
    due_.assign(count, time_point::max());
    for (unsigned i = 0; i < count; ++i)
        watchers_.emplace_back([this, i] { watch(i); });
}

machine_stops::~machine_stops() {
    {
        const std::lock_guard lock(guard_);
        stopping_ = true;
    }
    over_.notify_all();
    for (auto& watcher : watchers_)
        watcher.join();
}

void machine_stops::watch(unsigned processor) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(processor, &only);
    // Where this is refused the watcher goes where the system puts it.
    static_cast<void>(pthread_setaffinity_np(pthread_self(), sizeof(only), &only));
    std::unique_lock lock(guard_);
    while (!stopping_) {
        const auto due = std::chrono::steady_clock::now() + nap;
        due_[processor] = due;
        over_.wait_until(lock, due);
        const auto now = std::chrono::steady_clock::now();
        // As long again is granted for what has piled up meanwhile.
        if (now > due + usual) {
            stops_.push_back({due, now + (now - due)});
            longest_ = std::max(longest_, now - due);
        }
    }
}

machine_stops::duration machine_stops::within(std::uint64_t life, time_point begin,
                                              time_point end) {
    // Several processors may have stood still at the same time, several threads have waited.
    std::vector<waiting_threads::span> inside;
    waiting_.add(life, begin, end, inside);
    const std::lock_guard lock(guard_);
    for (const auto& each : stops_)
        if (each.second > begin && each.first < end)
            inside.emplace_back(std::max(each.first, begin), std::min(each.second, end));
    // Whoever asks may be awake again before the watcher is.
    for (const auto due : due_)
        if (due < end && end - due > usual)
            inside.emplace_back(std::max(due, begin), end);
    std::ranges::sort(inside);
    duration sum{};
    auto covered = begin;
    for (const auto& each : inside) {
        if (each.second > covered)
            sum += each.second - std::max(each.first, covered);
        covered = std::max(covered, each.second);
    }
    return sum;
}

std::size_t machine_stops::count() const {
    const std::lock_guard lock(guard_);
    return stops_.size();
}

machine_stops::duration machine_stops::longest() const {
    const std::lock_guard lock(guard_);
    return longest_;
}

} // namespace cocql::tests
