#include "core/policy/refresh_schedule.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using namespace std::chrono_literals;
using policy::refresh_schedule;

namespace {

using parts = refresh_schedule::parts;
constexpr parts topology{true, false};
constexpr parts schema{false, true};
constexpr parts both{true, true};
const base::time_point beginning{1h};

} // namespace

TEST_CASE("One event is read soon, once, and then nothing") {
    refresh_schedule readings(100ms, 1s);
    CHECK(readings.next() == base::never);
    readings.want(topology, beginning);
    CHECK(readings.next() == beginning + 100ms);
    CHECK(readings.begin(beginning + 100ms) == topology);
    CHECK(readings.next() == base::never);
    CHECK(!readings.begin(beginning + 200ms).any());
}

TEST_CASE("Nothing wanted is nothing to read") {
    refresh_schedule readings;
    readings.want(parts(), beginning);
    CHECK(readings.next() == base::never);
}

TEST_CASE("Events that follow one another are one reading of all that they tell") {
    refresh_schedule readings(100ms, 1s);
    readings.want(topology, beginning);
    readings.want(schema, beginning + 50ms);
    readings.want(topology, beginning + 99ms);
    CHECK(readings.next() == beginning + 100ms);
    CHECK(readings.begin(beginning + 100ms) == both);
}

TEST_CASE("What somebody waits for is read at once, however short ago the last reading was, and "
          "what was wanted is read along") {
    refresh_schedule readings(100ms, 1s);
    readings.want(topology, beginning);
    readings.begin(beginning + 100ms);
    readings.want(topology, beginning + 150ms);
    readings.hurry(schema, beginning + 200ms);
    CHECK(readings.next() == beginning + 200ms);
    readings.want(topology, beginning + 210ms);
    CHECK(readings.next() == beginning + 200ms);
    CHECK(readings.begin(beginning + 220ms) == both);
    CHECK(readings.next() == base::never);
    readings.want(schema, beginning + 300ms); // what comes as news waits as before
    CHECK(readings.next() == beginning + 1220ms);
    readings.hurry(parts(), beginning + 300ms);
    CHECK(readings.next() == beginning + 1220ms);
}

TEST_CASE("What happens while it is read is read again, an interval after the beginning") {
    refresh_schedule readings(100ms, 1s);
    readings.want(topology, beginning);
    readings.begin(beginning + 100ms);
    readings.want(schema, beginning + 150ms);
    CHECK(readings.next() == beginning + 1100ms);
    CHECK(readings.begin(beginning + 1100ms) == schema);
    readings.want(schema, beginning + 9s);
    CHECK(readings.next() == beginning + 9s + 100ms);
}

TEST_CASE("100,000 events in one second are two readings") {
    refresh_schedule readings(100ms, 1s);
    int count = 0;
    for (int i = 0; i < 100'000; ++i) {
        const auto now = beginning + i * 10us;
        readings.want(i % 2 == 0 ? topology : schema, now);
        if (now >= readings.next()) {
            readings.begin(now);
            ++count;
        }
    }
    CHECK(count == 1);
    CHECK(readings.next() == beginning + 1100ms);
    CHECK(readings.begin(readings.next()) == both);
    CHECK(readings.next() == base::never);
}

TEST_CASE("A reading that failed is made again, not at once") {
    refresh_schedule readings(100ms, 1s);
    readings.want(both, beginning);
    const auto what = readings.begin(beginning + 100ms);
    readings.failed(what, beginning + 300ms);
    CHECK(readings.next() == beginning + 1100ms);
    CHECK(readings.begin(beginning + 1100ms) == both);
}

TEST_CASE("What was read by other means is not read again") {
    refresh_schedule readings(100ms, 1s);
    readings.want(both, beginning);
    readings.clear(beginning + 50ms);
    CHECK(readings.next() == base::never);
}

TEST_CASE("Times that never end do not wrap around") {
    refresh_schedule readings(base::duration::max(), base::duration::max());
    readings.want(both, beginning);
    CHECK(readings.next() == base::never);
    readings.begin(beginning);
    readings.want(both, beginning);
    CHECK(readings.next() == base::never);
}
