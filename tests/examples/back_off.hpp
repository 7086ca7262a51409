#pragma once

#include "retry_policy.hpp"

#include <cocql/failure_kind.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

/// Waits twice as long after each failure, up to a limit.
class back_off final : public retry_policy {
  public:
    back_off(std::chrono::microseconds first, std::chrono::microseconds longest, int most_failures)
        : first_(first), longest_(longest), most_failures_(most_failures) {}

    std::optional<std::chrono::microseconds> wait_after(const cocql::error& why,
                                                        int failures) override {
        if (!may_pass(why) || failures >= most_failures_)
            return std::nullopt;
        const auto limit = std::min(longest_, first_ * (1 << std::min(failures - 1, 16)));
        // Somewhere in its second half: what has failed together is not to come again together.
        return std::chrono::microseconds(
            std::uniform_int_distribution<std::int64_t>(limit.count() / 2, limit.count())(random_));
    }

  private:
    /// Not what the database understands and refuses: that is so the next time, too.
    static bool may_pass(const cocql::error& why) {
        using enum cocql::failure_kind;
        if (why.is(cocql::errc::no_host_available))
            return true;
        const auto kind = kind_of(why);
        return kind == timed_out || kind == connection || kind == unavailable ||
               kind == server_timed_out || kind == server_failed || kind == overloaded;
    }

    std::chrono::microseconds first_;
    std::chrono::microseconds longest_;
    int most_failures_;
    std::minstd_rand random_{std::random_device()()};
};
