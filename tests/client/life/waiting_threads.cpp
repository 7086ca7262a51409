#include "waiting_threads.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <pthread.h>
#include <set>
#include <string_view>
#include <unistd.h>

namespace cocql::tests {

using namespace std::chrono_literals;

namespace {

constexpr auto between_looks = 4ms;
/// Longer than anything that is late and not lost.
constexpr auto kept_for = 60s;
constexpr std::string_view mark = "life ";

/// What a thread's name has room for, fifteen bytes with the mark.
std::string short_name_of(std::uint64_t life) {
    std::array<char, 11> digits{};
    std::snprintf(digits.data(), digits.size(), "%010llx",
                  static_cast<unsigned long long>(life & 0xff'ffff'ffff));
    return digits.data();
}

std::string path_of(int thread, const char* file) {
    return "/proc/self/task/" + std::to_string(thread) + "/" + file;
}

/// In nanoseconds; nothing where the thread has ended, or the kernel does not say.
std::optional<long long> waited_by(int schedstat) {
    std::array<char, 96> text{};
    if (::pread(schedstat, text.data(), text.size() - 1, 0) <= 0)
        return std::nullopt;
    long long ran = 0;
    long long waited = 0;
    if (std::sscanf(text.data(), "%lld %lld", &ran, &waited) != 2)
        return std::nullopt;
    return waited;
}

} // namespace

waiting_threads::waiting_threads() : attendant_([this] { attend(); }) {}

waiting_threads::~waiting_threads() {
    {
        const std::lock_guard lock(guard_);
        stopping_ = true;
    }
    attendant_.join();
    for (const auto& [number, thread] : threads_)
        if (thread.schedstat >= 0)
            ::close(thread.schedstat);
}

void waiting_threads::begin_threads_of(std::uint64_t life) {
    const auto name = life == 0 ? std::string("life") : std::string(mark) + short_name_of(life);
    pthread_setname_np(pthread_self(), name.c_str());
}

void waiting_threads::attend() {
    for (;;) {
        {
            const std::lock_guard lock(guard_);
            if (stopping_)
                return;
            find_threads();
            look();
            forget_before(std::chrono::steady_clock::now() - kept_for);
        }
        std::this_thread::sleep_for(between_looks);
    }
}

void waiting_threads::find_threads() {
    DIR* const folder = ::opendir("/proc/self/task");
    if (folder == nullptr)
        return;
    std::set<int> listed;
    while (const auto* const entry = ::readdir(folder)) {
        const int number = std::atoi(entry->d_name);
        listed.insert(number);
        if (number == 0 || threads_.contains(number))
            continue;
        attended found;
        std::string name;
        std::ifstream said(path_of(number, "comm"));
        std::getline(said, name);
        if (name.starts_with(mark)) {
            found.life = name.substr(mark.size());
            found.schedstat = ::open(path_of(number, "schedstat").c_str(), O_RDONLY | O_CLOEXEC);
        }
        threads_.emplace(number, std::move(found));
    }
    ::closedir(folder);
    // Numbers are used again. Those of lives go when their sums do.
    std::erase_if(threads_, [&](const auto& each) {
        return each.second.schedstat < 0 && !listed.contains(each.first);
    });
}

void waiting_threads::look() {
    for (auto each = threads_.begin(); each != threads_.end();) {
        auto& thread = each->second;
        if (thread.schedstat < 0) {
            ++each;
            continue;
        }
        const auto waited = waited_by(thread.schedstat);
        const auto now = std::chrono::steady_clock::now();
        if (!waited) {
            ::close(thread.schedstat);
            each = threads_.erase(each);
            continue;
        }
        // The sum grows when a wait is over, however long ago it began.
        if (*waited > thread.waited)
            waits_.push_back(
                {thread.life, {now - std::chrono::nanoseconds(*waited - thread.waited), now}});
        thread.waited = *waited;
        ++each;
    }
}

void waiting_threads::forget_before(time_point moment) {
    while (!waits_.empty() && waits_.front().when.second < moment)
        waits_.pop_front();
}

void waiting_threads::add(std::uint64_t life, time_point begin, time_point end,
                          std::vector<span>& out) {
    const std::lock_guard lock(guard_);
    look();
    const auto name = short_name_of(life);
    for (const auto& each : waits_)
        if ((life == 0 || each.life == name) && each.when.second > begin && each.when.first < end)
            out.emplace_back(std::max(each.when.first, begin), std::min(each.when.second, end));
}

bool waiting_threads::are_known() const {
    const int own = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    if (own < 0)
        return false;
    const bool known = waited_by(own).has_value();
    ::close(own);
    return known;
}

} // namespace cocql::tests
