#include "trace.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>

using namespace cocqlsh;

namespace {

std::vector<std::string> texts_of(const std::vector<cell>& row) {
    std::vector<std::string> texts;
    for (const auto& each : row)
        texts.push_back(each.text);
    return texts;
}

cocql::trace gathered() {
    cocql::trace trace;
    trace.request = "Execute CQL3 query";
    trace.coordinator = *cocql::inet_address::parse("127.0.0.1");
    trace.client = cocql::inet_address::parse("::1");
    trace.started_at = std::chrono::sys_time<std::chrono::milliseconds>(
        std::chrono::milliseconds(1'700'000'000'250));
    cocql::trace_event event;
    event.activity = "Parsing SELECT";
    event.thread = "shard 0";
    event.source = *cocql::inet_address::parse("127.0.0.2");
    event.id = *cocql::uuid::parse("a6e5ef50-8301-11ee-8080-808080808080");
    trace.events.push_back(event);
    event.source_elapsed = std::chrono::microseconds(120);
    trace.events.push_back(event);
    return trace;
}

} // namespace

TEST_CASE("a trace is told as cqlsh tells it: the request, each event, its completion") {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    auto trace = gathered();
    CHECK(trace_rows(trace).size() == 3); // not complete
    trace.duration = std::chrono::microseconds(1'500);
    const auto rows = trace_rows(trace);
    REQUIRE(rows.size() == 4);
    using texts = std::vector<std::string>;
    CHECK(texts_of(rows[0]) ==
          texts{"Execute CQL3 query", "2023-11-14 22:13:20.250000", "127.0.0.1", "0", "::1"});
    CHECK(texts_of(rows[1])[0] == "Parsing SELECT [shard 0]");
    CHECK(texts_of(rows[1])[2] == "127.0.0.2");
    CHECK(texts_of(rows[1])[3] == "--");
    CHECK(texts_of(rows[2])[3] == "120");
    CHECK(texts_of(rows[3]) ==
          texts{"Request complete", "2023-11-14 22:13:20.251500", "127.0.0.1", "1500", "::1"});
    trace.client.reset();
    CHECK(texts_of(trace_rows(trace)[0])[4] == "--");
}

TEST_CASE("a trace that began at no moment of any calendar has the number that came") {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    const auto begun_at = [](std::int64_t milliseconds) {
        auto trace = gathered();
        trace.duration = std::chrono::microseconds(1'500);
        trace.started_at = std::chrono::sys_time<std::chrono::milliseconds>(
            std::chrono::milliseconds(milliseconds));
        const auto rows = trace_rows(trace);
        CHECK(texts_of(rows[1])[1] == "2023-11-14 15:22:41.335688"); // an event's is its own
        return texts_of(rows[0])[1] + " " + texts_of(rows[3])[1];
    };
    for (const auto number :
         {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(),
          std::int64_t{253'402'300'800'000}, std::int64_t{-62'135'596'800'001}})
        CHECK(begun_at(number) == std::to_string(number) + " " + std::to_string(number));
    CHECK(begun_at(-1) == "1969-12-31 23:59:59.999000 1970-01-01 00:00:00.000500");
    CHECK(begun_at(-2'000) == "1969-12-31 23:59:58 1969-12-31 23:59:58.001500");
    auto trace = gathered();
    trace.events.front().id = cocql::uuid(); // no moment at all
    CHECK(texts_of(trace_rows(trace)[1])[1] == "--");
}
