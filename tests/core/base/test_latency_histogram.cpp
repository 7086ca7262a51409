#include <cocql/latency_histogram.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

using namespace cocql;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

/// Times of all magnitudes up to a minute, decided by chance.
std::vector<nanoseconds> some_times(std::minstd_rand& random, std::size_t how_many) {
    std::uniform_real_distribution<double> magnitude(0, std::log(60e9));
    std::vector<nanoseconds> times;
    for (std::size_t i = 0; i < how_many; ++i)
        times.emplace_back(static_cast<std::int64_t>(std::exp(magnitude(random))));
    return times;
}

latency_histogram histogram_of(const std::vector<nanoseconds>& times) {
    latency_histogram made;
    for (const auto each : times)
        made.record(each);
    return made;
}

nanoseconds true_percentile(std::vector<nanoseconds> times, double percent) {
    std::ranges::sort(times);
    const auto place = std::ceil(percent / 100 * static_cast<double>(times.size()));
    return times[std::max<std::size_t>(static_cast<std::size_t>(place), 1) - 1];
}

} // namespace

TEST_CASE("An empty histogram has nothing") {
    const latency_histogram none;
    CHECK(none.count() == 0);
    CHECK(none.sum() == 0ns);
    CHECK(none.max() == 0ns);
    for (const double each : {0.0, 50.0, 99.9, 100.0})
        CHECK(none.percentile(each) == 0ns);
}

TEST_CASE("A percentile is never below the true one, and a sixteenth or a microsecond above it at "
          "most") {
    std::minstd_rand random(1);
    for (int round = 0; round < 300; ++round) {
        const auto times = some_times(random, 1 + random() % 1000);
        const auto histogram = histogram_of(times);
        CHECK(histogram.count() == times.size());
        for (const double percent : {0.0, 1.0, 25.0, 50.0, 75.0, 90.0, 99.0, 99.9, 100.0}) {
            const auto exact = true_percentile(times, percent);
            const auto told = histogram.percentile(percent);
            CHECK(told >= exact);
            CHECK(told <= exact + std::max<nanoseconds>(1us, exact / 16));
        }
        CHECK(histogram.percentile(100) == *std::ranges::max_element(times));
        CHECK(histogram.max() == *std::ranges::max_element(times));
    }
}

TEST_CASE("Each time is in the bucket whose bounds it lies between") {
    nanoseconds before{0};
    for (std::size_t i = 0; i < latency_histogram::bucket_count; ++i) {
        const auto bound = latency_histogram::bound_of(i);
        CHECK(bound > before);
        latency_histogram ends;
        ends.record(before);
        ends.record(bound - 1ns);
        CHECK(ends.in_bucket(i) == 2);
        CHECK(ends.count() == 2);
        before = bound;
    }
    CHECK(before == nanoseconds::max());
}

TEST_CASE("What is told is no more than the longest one was, and the sum is exact") {
    latency_histogram one;
    one.record(1'000'001ns);
    CHECK(one.percentile(50) == 1'000'001ns);
    CHECK(one.sum() == 1'000'001ns);
}

TEST_CASE("What took longer than there are buckets for is in the last one, and its percentiles are "
          "the longest") {
    constexpr auto last = latency_histogram::bucket_count - 1;
    latency_histogram histogram;
    histogram.record(10us);
    histogram.record(129s);
    CHECK(histogram.in_bucket(last) == 0);
    histogram.record(131s);
    histogram.record(1h);
    CHECK(histogram.in_bucket(last) == 2);
    CHECK(histogram.count() == 4);
    CHECK(histogram.percentile(25) == 11us);
    CHECK(histogram.percentile(75) == 1h);
    CHECK(histogram.percentile(100) == 1h);
    CHECK(histogram.max() == 1h);
    CHECK(histogram.sum() == 10us + 129s + 131s + 1h);
    histogram.record(nanoseconds::max());
    CHECK(histogram.in_bucket(last) == 3);
    CHECK(histogram.max() == nanoseconds::max());
}

TEST_CASE("Less than nothing counts as nothing") {
    latency_histogram histogram;
    histogram.record(-1ns);
    histogram.record(nanoseconds::min());
    CHECK(histogram.in_bucket(0) == 2);
    CHECK(histogram.sum() == 0ns);
    CHECK(histogram.max() == 0ns);
}

TEST_CASE("Percentages that make no sense are the nearest ones that do") {
    const auto histogram = histogram_of({10us, 20us, 30us});
    CHECK(histogram.percentile(-1) == 11us);
    CHECK(histogram.percentile(std::numeric_limits<double>::quiet_NaN()) == 11us);
    CHECK(histogram.percentile(1e300) == 30us);
}

TEST_CASE("Two that are merged are as one in which all was recorded, whichever comes first") {
    std::minstd_rand random(2);
    for (int round = 0; round < 100; ++round) {
        auto times = some_times(random, random() % 200);
        const auto more = some_times(random, random() % 200);
        auto one = histogram_of(times);
        auto other = histogram_of(more);
        const auto first = one;
        one += other;
        other += first;
        times.insert(times.end(), more.begin(), more.end());
        CHECK(one == histogram_of(times));
        CHECK(one == other);
    }
}
