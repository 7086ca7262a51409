#include "core/base/number_in.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

using namespace cocql;
using base::number_in;

TEST_CASE("A number is the whole text, and fits") {
    CHECK(number_in<std::uint16_t>("0") == 0);
    CHECK(number_in<std::uint16_t>("65535") == 65535);
    CHECK(number_in<std::uint16_t>("007") == 7);
    CHECK(number_in<std::int64_t>("-9223372036854775808") ==
          std::numeric_limits<std::int64_t>::min());
    for (const auto* none : {"", " ", "-", "-1", "+1", " 1", "1 ", "1x", "0x1", "1.0", "65536",
                             "4294967297", "18446744073709551617"})
        CHECK(number_in<std::uint16_t>(none) == std::nullopt);
    CHECK(number_in<std::int64_t>("9223372036854775808") == std::nullopt);
}
