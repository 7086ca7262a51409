#include "core/policy/backoff.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace cocql;
using namespace std::chrono_literals;
using policy::backoff;

namespace {

constexpr std::uint32_t middle = 15; ///< neither more nor less

} // namespace

TEST_CASE("Each attempt waits twice as long as the one before it, up to a bound") {
    backoff waits(1s, 10s);
    CHECK(waits.next(middle) == 1s);
    CHECK(waits.next(middle) == 2s);
    CHECK(waits.next(middle) == 4s);
    CHECK(waits.next(middle) == 8s);
    CHECK(waits.next(middle) == 10s);
    CHECK(waits.next(middle) == 10s);
    waits.reset();
    CHECK(waits.next(middle) == 1s);
    CHECK(waits.next(middle) == 2s);
}

TEST_CASE("Chance makes it up to 15 % more or less, and both are reached") {
    auto least = base::duration::max();
    auto most = base::duration::min();
    for (std::uint32_t chance = 0; chance < 1'000; ++chance) {
        backoff waits(100s, 100s);
        const auto wait = waits.next(chance);
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    CHECK(least == 85s);
    CHECK(most == 115s);
    backoff waits(100s, 100s);
    CHECK(waits.next(std::numeric_limits<std::uint32_t>::max()) >= 85s);
}

TEST_CASE("Times that are too long or too short to be counted with stay times") {
    backoff endless(base::duration::max(), base::duration::max());
    for (int i = 0; i < 3; ++i)
        for (const std::uint32_t chance : {0u, 30u})
            CHECK(endless.next(chance) > 24h * 365 * 100);
    backoff doubled(base::duration::max() / 3, base::duration::max());
    CHECK(doubled.next(30) > 0s);
    CHECK(doubled.next(30) > 0s);
    backoff short_ones(7ns, 7ns);
    CHECK(short_ones.next(0) == 5ns);
    CHECK(short_ones.next(30) == 8ns);
    backoff turned_round(10s, 1s);
    CHECK(turned_round.next(middle) == 1s);
    CHECK(turned_round.next(middle) == 2s);
}
