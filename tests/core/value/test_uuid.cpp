#include <cocql/uuid.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>

using namespace cocql;

namespace {

/// The order of the servers: by the time, and then by the last eight bytes as signed ones.
bool is_before(const uuid& left, const uuid& right) {
    if (*left.time() != *right.time())
        return *left.time() < *right.time();
    return std::lexicographical_compare(
        left.bytes.begin() + 8, left.bytes.end(), right.bytes.begin() + 8, right.bytes.end(),
        [](std::byte a, std::byte b) {
            return static_cast<std::int8_t>(a) < static_cast<std::int8_t>(b);
        });
}

} // namespace

TEST_CASE("A timeuuid tells its time, and is made of it") {
    const auto id = uuid::parse("50554d6e-29bb-11e5-b345-feff819cdc9f").value();
    CHECK(id.version() == 1);
    REQUIRE(id.time().has_value());
    const auto again = uuid::at(*id.time(), 0x3345, 0xfeff819cdc9f);
    CHECK(again.to_string() == id.to_string());
    CHECK(uuid::parse("d83dff19-8b75-4a2b-96fa-bb0aba4878a8")->version() == 4);
    CHECK(!uuid::parse("d83dff19-8b75-4a2b-96fa-bb0aba4878a8")->time());
    CHECK(uuid().version() == 0);
    const uuid::moment epoch{};
    CHECK(uuid::at(epoch, 0, 0).to_string() == "13814000-1dd2-11b2-8000-000000000000");
    CHECK(uuid::at(epoch, 0, 0).time() == epoch);
}

TEST_CASE("The bounds of a millisecond are those of minTimeuuid and maxTimeuuid") {
    // 2013-01-01T00:05:00.000Z; tests/live asks the server for the same
    const timestamp when{1356998700000};
    CHECK(uuid::min_timeuuid(when).to_string() == "e23f1e00-53a6-11e2-8080-808080808080");
    CHECK(uuid::max_timeuuid(when).to_string() == "e23f450f-53a6-11e2-7f7f-7f7f7f7f7f7f");
}

TEST_CASE("The bounds of a millisecond are timeuuids: only the version counts") {
    const timestamp when{1356998700000};
    CHECK(uuid::min_timeuuid(when).version() == 1);
    CHECK(uuid::max_timeuuid(when).version() == 1);
    const uuid::moment at{uuid::ticks(when.milliseconds * 10'000)};
    CHECK(uuid::min_timeuuid(when).time() == at);
    CHECK(uuid::max_timeuuid(when).time() == at + uuid::ticks(9'999));
}

TEST_CASE("The bounds of moments beyond the timeuuids are those of all timeuuids") {
    // 5236-03-31T21:21:00.684Z is the last millisecond that a timeuuid can have, 1582-10-15 the
    // first.
    constexpr std::int64_t last = 103'072'857'660'684;
    constexpr std::int64_t first = -12'219'292'800'000;
    constexpr std::int64_t ends[] = {std::numeric_limits<std::int64_t>::min(),
                                     std::numeric_limits<std::int64_t>::min() / 10'000,
                                     first - 1,
                                     first,
                                     first + 1,
                                     0,
                                     last - 1,
                                     last,
                                     last + 1,
                                     std::numeric_limits<std::int64_t>::max() / 10'000,
                                     std::numeric_limits<std::int64_t>::max()};
    const auto least = uuid::at(uuid::moment(uuid::ticks(first * 10'000)), 0, 0);
    for (std::size_t i = 0; i < std::size(ends); ++i) {
        CAPTURE(ends[i]);
        const auto low = uuid::min_timeuuid({ends[i]});
        const auto high = uuid::max_timeuuid({ends[i]});
        CHECK(low.version() == 1);
        CHECK(high.version() == 1);
        CHECK(!is_before(high, low));
        CHECK(*low.time() >= *least.time());
        if (i != 0)
            CHECK(!is_before(low, uuid::min_timeuuid({ends[i - 1]})));
        if (ends[i] >= first && ends[i] <= last)
            CHECK(*low.time() == uuid::moment(uuid::ticks(ends[i] * 10'000)));
    }
    CHECK(is_before(uuid::max_timeuuid({last - 1}), uuid::min_timeuuid({last})));
    CHECK(!is_before(uuid::min_timeuuid({last + 1}), uuid::max_timeuuid({last})));
    CHECK(!is_before(uuid::min_timeuuid({first}), uuid::max_timeuuid({first - 1})));
}

TEST_CASE("A timeuuid of a moment that none has is of the nearest that one has") {
    const uuid::moment earliest(uuid::ticks(-122'192'928'000'000'000));
    const uuid::moment latest(uuid::ticks(1'030'728'576'606'846'975));
    CHECK(uuid::at(earliest, 0, 0).time() == earliest);
    CHECK(uuid::at(latest, 0, 0).time() == latest);
    CHECK(uuid::at(earliest - uuid::ticks(1), 0, 0).time() == earliest);
    CHECK(uuid::at(latest + uuid::ticks(1), 0, 0).time() == latest);
    CHECK(uuid::at(uuid::moment::min(), 0, 0).time() == earliest);
    CHECK(uuid::at(uuid::moment::max(), 0, 0).time() == latest);
}
