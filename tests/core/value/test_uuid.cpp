#include <cocql/uuid.hpp>

#include <doctest/doctest.h>

using namespace cocql;

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
