#include "io/bridge/clock.hpp"

#include <doctest/doctest.h>

using namespace cocql;

TEST_CASE("the coarse time is not before the fine one, and only some milliseconds after it") {
    auto& clock = io::steady_clock();
    std::chrono::nanoseconds earliest = std::chrono::hours(1);
    std::chrono::nanoseconds latest{};
    for (int i = 0; i < 10'000; ++i) {
        const auto before = clock.now();
        const auto coarse = clock.coarse_now();
        const auto after = clock.now();
        // A machine that is late with its tick tells the coarse time late.
        earliest = std::min<std::chrono::nanoseconds>(earliest, coarse - before);
        latest = std::max<std::chrono::nanoseconds>(latest, coarse - after);
    }
    CHECK(earliest >= -std::chrono::milliseconds(20));
    CHECK(latest <= std::chrono::milliseconds(20));
}
