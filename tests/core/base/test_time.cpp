#include "core/base/time.hpp"

#include <cocql/time_limit.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>

using namespace cocql;
using namespace std::chrono_literals;
using base::after;
using base::duration;
using base::time_point;

TEST_CASE("A moment after another one does not wrap around") {
    const time_point now(std::chrono::hours(1));
    CHECK(after(now, 5s) == now + 5s);
    CHECK(after(now, -5s) == now - 5s);
    CHECK(after(now, duration::zero()) == now);
    CHECK(after(now, duration::max()) == base::never);
    CHECK(after(now, duration::max() - 1h) == base::never);
    CHECK(after(now, duration::max() - 1h - 1ns) == base::never - 1ns);
    CHECK(after(base::never, duration::max()) == base::never);
    CHECK(after(base::never, 1ns) == base::never);
    CHECK(after(time_point(-1h), duration::min()) == time_point::min());
    static_assert(after(time_point(1ns), duration::max()) == base::never);
}

TEST_CASE("What is left until a moment does not wrap around") {
    const time_point now(std::chrono::hours(1));
    CHECK(base::between(now, now + 5s) == 5s);
    CHECK(base::between(now, now - 5s) == -5s);
    CHECK(base::between(now, time_point::min()) == duration::min());
    CHECK(base::between(time_point::min(), now) == duration::max());
    CHECK(base::between(time_point(-1h), base::never) == duration::max());
    CHECK(base::between(base::never, base::never) == duration::zero());
}

TEST_CASE("A time limit is any duration, or none") {
    CHECK(!time_limit().length());
    CHECK(!time_limit(std::nullopt).length());
    CHECK(!time_limit(std::optional<std::chrono::seconds>()).length());
    CHECK(time_limit(3s).length() == 3s);
    CHECK(time_limit(std::optional(3ms)).length() == 3ms);
    CHECK(time_limit(std::chrono::duration<double>(1.5)).length() == 1500ms);
    CHECK(time_limit(std::chrono::duration<std::int64_t, std::pico>(5'999)).length() == 5ns);
    CHECK(time_limit(-2min).length() == -2min);
    CHECK(time_limit(std::nullopt).length_or_longest() == duration::max());
    CHECK(time_limit(1s).length_or_longest() == 1s);
}

TEST_CASE("A time limit that the clock cannot count is the longest, not another one") {
    CHECK(time_limit(std::chrono::nanoseconds::max()).length() == duration::max());
    CHECK(time_limit(std::chrono::milliseconds::max()).length() == duration::max());
    CHECK(time_limit(std::chrono::seconds::max()).length() == duration::max());
    CHECK(time_limit(std::chrono::hours::max()).length() == duration::max());
    CHECK(time_limit(std::chrono::years(1'000)).length() == duration::max());
    CHECK(time_limit(std::chrono::duration<std::uint64_t>(~std::uint64_t{0})).length() ==
          duration::max());
    CHECK(time_limit(std::chrono::duration<std::uint64_t, std::nano>(~std::uint64_t{0})).length() ==
          duration::max());
    CHECK(time_limit(std::chrono::duration<double>(1e30)).length() == duration::max());
    CHECK(time_limit(std::chrono::duration<double>(std::numeric_limits<double>::infinity()))
              .length() == duration::max());
    CHECK(time_limit(std::chrono::milliseconds::min()).length() == duration::min());
    CHECK(time_limit(std::chrono::duration<double>(-1e30)).length() == duration::min());
    CHECK(time_limit(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()))
              .length() == duration::zero());
    // Just inside.
    CHECK(time_limit(std::chrono::milliseconds(9'223'372'036'854)).length() ==
          std::chrono::milliseconds(9'223'372'036'854));
    CHECK(time_limit(std::chrono::milliseconds(9'223'372'036'855)).length() == duration::max());
}
