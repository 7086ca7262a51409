#include <cocql/phase.hpp>

#include <doctest/doctest.h>

#include <chrono>

using namespace cocql;
using namespace std::chrono_literals;

TEST_CASE("D7 Phases and their times are shown shortly, in hundredths of seconds") {
    CHECK(to_string(phase_times{}).empty());
    CHECK(to_string(phase_times{{phase::resolve, 5ms},
                                {phase::tcp_connect, 0ms},
                                {phase::register_events, 12s},
                                {phase::use_keyspace, 1234ms}}) ==
          "resolve 0.01, tcp 0.00, register 12.00, use_keyspace 1.23");
}

TEST_CASE("Every phase has a name") {
    for (int which = 0; which <= static_cast<int>(phase::ready); ++which)
        CHECK(to_string(static_cast<phase>(which)) != "unknown");
}
