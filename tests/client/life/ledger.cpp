#include "ledger.hpp"

#include <algorithm>
#include <iostream>

namespace cocql::tests {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_shown = 20;

/// Beyond its deadline, and not late but lost.
constexpr auto patience = 30s;

std::string in_milliseconds(ledger::duration time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) +
           " ms";
}

} // namespace

std::uint64_t ledger::begin(std::uint64_t life, std::string what, time_point latest) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(guard_);
    open_.emplace(++next_, entry{life, std::move(what), now, latest});
    return next_;
}

void ledger::cut(std::uint64_t entry) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(guard_);
    if (const auto found = open_.find(entry); found != open_.end())
        found->second.latest = std::min(found->second.latest, now);
}

void ledger::cut_life(std::uint64_t life) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(guard_);
    for (auto& [number, each] : open_)
        if (each.life == life)
            each.latest = std::min(each.latest, now);
}

void ledger::end(std::uint64_t number, const std::string& how) {
    const auto now = std::chrono::steady_clock::now();
    std::unique_lock lock(guard_);
    const auto found = open_.find(number);
    const auto ended = found->second;
    open_.erase(found);
    ++endings_[how];
    lock.unlock();
    auto late = now - ended.latest;
    if (late > allowed_ / 2)
        late -= stops_.within(ended.life, ended.latest, now);
    lock.lock();
    worst_ = std::max(worst_, late);
    lock.unlock();
    if (late <= allowed_) {
        if (now > ended.latest + allowed_)
            ++excused_;
        return;
    }
    fault(ended.life, ended.what + " (" + how + ") took " + in_milliseconds(now - ended.begun) +
                          ", " + in_milliseconds(late) + " longer than it may");
}

void ledger::fault(std::uint64_t life, const std::string& what) {
    if (++faults_ > most_shown)
        return;
    const std::lock_guard lock(guard_);
    std::cout << "FAULT in life " << life << ": " << what << std::endl;
}

std::optional<std::string> ledger::lost() const {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(guard_);
    for (const auto& [number, each] : open_)
        if (now > each.latest + patience)
            return "life " + std::to_string(each.life) + ": " + each.what + " began " +
                   in_milliseconds(now - each.begun) + " ago";
    return std::nullopt;
}

std::size_t ledger::under_way() const {
    const std::lock_guard lock(guard_);
    return open_.size();
}

std::map<std::string, std::size_t> ledger::endings() const {
    const std::lock_guard lock(guard_);
    return endings_;
}

ledger::duration ledger::latest() const {
    const std::lock_guard lock(guard_);
    return worst_;
}

} // namespace cocql::tests
