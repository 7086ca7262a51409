#include "core/protocol/orphan_limits.hpp"
#include "harness.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

const base::time_point begin{1h};

} // namespace

TEST_CASE("R27 orphans: no more than so many") {
    test_request requests[3];
    protocol::slot_table slots(10);
    const protocol::orphan_limits limits(2, base::duration::max());
    for (auto& request : requests) {
        CHECK_FALSE(limits.exceeded(slots, begin));
        slots.orphan(slots.take(request), begin);
    }
    const auto why = limits.exceeded(slots, begin);
    REQUIRE(why);
    CHECK(why->is(errc::connection_draining));
    CHECK(why->message() == "too many requests were given up while their answers are owed");
    CHECK(limits.due(slots) == base::never);
    slots.release_orphan(0);
    CHECK_FALSE(limits.exceeded(slots, base::never - 1h));
}

TEST_CASE("R27 orphans: none older than so much, counted from the oldest") {
    test_request requests[2];
    protocol::slot_table slots(10);
    const protocol::orphan_limits limits(10, 60s);
    CHECK(limits.due(slots) == base::never);
    CHECK_FALSE(limits.exceeded(slots, base::never));
    slots.orphan(slots.take(requests[0]), begin);
    slots.orphan(slots.take(requests[1]), begin + 10s);
    CHECK(limits.due(slots) == begin + 60s);
    CHECK_FALSE(limits.exceeded(slots, begin + 60s - 1ns));
    const auto why = limits.exceeded(slots, begin + 60s);
    REQUIRE(why);
    CHECK(why->message() == "a request was given up and its answer is owed for too long");
    slots.release_orphan(0);
    CHECK(limits.due(slots) == begin + 70s);
    CHECK_FALSE(limits.exceeded(slots, begin + 60s));
}
