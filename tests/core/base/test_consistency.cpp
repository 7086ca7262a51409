#include <cocql/consistency.hpp>

#include <doctest/doctest.h>

using namespace cocql;

TEST_CASE("Every consistency level has a name that reads back in any case") {
    for (std::uint16_t number = 0; number <= 0x000a; ++number) {
        const auto level = static_cast<consistency>(number);
        CHECK(to_string(level) != "UNKNOWN");
        CHECK(parse_consistency(to_string(level)) == level);
    }
    CHECK(parse_consistency("local_Quorum") == consistency::local_quorum);
    CHECK(to_string(static_cast<consistency>(11)) == "UNKNOWN");
    CHECK(!parse_consistency("QUORU"));
    CHECK(!parse_consistency("QUORUM "));
    CHECK(!parse_consistency(""));
}

TEST_CASE("Only SERIAL and LOCAL_SERIAL are serial") {
    for (std::uint16_t number = 0; number <= 0x000a; ++number)
        CHECK(is_serial(static_cast<consistency>(number)) == (number == 8 || number == 9));
}
