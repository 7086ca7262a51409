#include "trace.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
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
