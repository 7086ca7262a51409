#include "core/policy/latency_average.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>
#include <vector>

using namespace cocql;
using namespace std::chrono_literals;
using policy::latency_average;

namespace {

const base::time_point the_beginning{1h};

/// What was measured, and so long after the beginning.
using measurements = std::vector<std::pair<base::duration, base::duration>>;

latency_average average_of(const measurements& all, base::duration scale) {
    latency_average made;
    for (const auto& [took, when] : all)
        made.add(took, the_beginning + when, scale);
    return made;
}

double milliseconds(const latency_average& of) {
    return std::chrono::duration<double, std::milli>(of.mean()).count();
}

} // namespace

TEST_CASE("A mean of what was measured, in which what is older by the scale counts for e times "
          "less") {
    const double e = std::exp(1.0);
    struct row {
        const char* what;
        measurements measured;
        base::duration scale;
        double expected; ///< milliseconds
    };
    const std::vector<row> table = {
        {"one", {{3ms, 0s}}, 1s, 3},
        {"of the same moment", {{3ms, 0s}, {9ms, 0s}, {6ms, 0s}}, 1s, 6},
        {"one scale later", {{10ms, 0s}, {20ms, 1s}}, 1s, (10 / e + 20) / (1 / e + 1)},
        {"two scales later", {{10ms, 0s}, {20ms, 2s}}, 1s, (10 / e / e + 20) / (1 / e / e + 1)},
        {"in two steps",
         {{10ms, 0s}, {20ms, 1s}, {20ms, 2s}},
         1s,
         (10 / e / e + 20 / e + 20) / (1 / e / e + 1 / e + 1)},
        {"another scale", {{10ms, 0s}, {20ms, 1s}}, 500ms, (10 / e / e + 20) / (1 / e / e + 1)},
        {"long after", {{10ms, 0s}, {20ms, 1h}}, 1s, 20},
        {"a swarm counts for what it is",
         {{10ms, 0s}, {20ms, 1s}, {20ms, 1s}, {20ms, 1s}},
         1s,
         (10 / e + 60) / (1 / e + 3)},
        {"before the last one", {{10ms, 1s}, {20ms, 0s}}, 1s, 15},
        {"without a scale", {{10ms, 0s}, {20ms, 1ns}}, 0s, 20},
        {"without a scale, at once", {{10ms, 0s}, {20ms, 0s}}, 0s, 20},
        {"with less than none", {{10ms, 0s}, {20ms, 1s}}, -1s, 20},
        {"with the longest", {{10ms, 0s}, {20ms, 1h}}, base::duration::max(), 15},
    };
    for (const auto& each : table) {
        INFO(each.what);
        const auto found = average_of(each.measured, each.scale);
        CHECK(milliseconds(found) == doctest::Approx(each.expected).epsilon(1e-6));
        CHECK(found.count() == each.measured.size());
    }
}

TEST_CASE("The last measurement is the one of the latest moment") {
    auto found = average_of({{1ms, 5s}, {1ms, 2s}}, 1s);
    CHECK(found.last() == the_beginning + 5s);
    found.add(1ms, the_beginning + 7s, 1s);
    CHECK(found.last() == the_beginning + 7s);
}

TEST_CASE("Durations and moments that are as long as can be counted stay numbers") {
    latency_average longest;
    for (int i = 0; i < 3; ++i)
        longest.add(base::duration::max(), the_beginning, 1s);
    CHECK(longest.mean() >= latency_average::length(base::duration::max()) * 0.999);
    longest.add(1ms, base::never, 1s);
    CHECK(milliseconds(longest) == doctest::Approx(1));
    latency_average quick;
    for (int i = 0; i < 100'000; ++i)
        quick.add(1us, the_beginning + i * 1ms, 10ms);
    CHECK(milliseconds(quick) == doctest::Approx(0.001));
    CHECK(quick.count() == 100'000);
}
