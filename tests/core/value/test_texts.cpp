#include <cocql/date.hpp>
#include <cocql/duration.hpp>
#include <cocql/inet_address.hpp>
#include <cocql/uuid.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string_view>

using namespace cocql;

TEST_CASE("A uuid reads in either case and shows in lower case") {
    const auto id = uuid::parse("D83DFF19-8b75-4A2B-96fa-bb0aba4878a8");
    REQUIRE(id.has_value());
    CHECK(id->to_string() == "d83dff19-8b75-4a2b-96fa-bb0aba4878a8");
    for (const char* text :
         {"", "d83dff19-8b75-4a2b-96fa-bb0aba4878a", "d83dff19-8b75-4a2b-96fa-bb0aba4878a8a",
          "d83dff198b75-4a2b-96fa-bb0aba4878a80", "g83dff19-8b75-4a2b-96fa-bb0aba4878a8",
          "d83dff19-8b75-4a2b-96fa_bb0aba4878a8"})
        CHECK(!uuid::parse(text).has_value());
    CHECK(uuid() < *id);
}

TEST_CASE("An address reads and shows in its usual form") {
    for (const char* text :
         {"0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1:2:3:4"}) {
        const auto address = inet_address::parse(text);
        REQUIRE(address.has_value());
        CHECK(address->to_string() == text);
        CHECK(address->is_v6() == (std::string_view(text).find(':') != std::string_view::npos));
        CHECK(*inet_address::from_bytes(address->bytes()) == *address);
    }
    for (const std::string_view text :
         {std::string_view(""), std::string_view("1.2.3"), std::string_view("256.1.1.1"),
          std::string_view("::1%eth0"), std::string_view("localhost"),
          std::string_view("1.2.3.4\0x", 9),
          std::string_view("1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111:2222")})
        CHECK(!inet_address::parse(text).has_value());
    CHECK(!inet_address::from_bytes({}).has_value());
    CHECK(inet_address().to_string() == "0.0.0.0");
}

TEST_CASE("Dates from year 1 to 9999 are shown as dates, others as days") {
    const auto shown = [](std::int64_t days) {
        return date{static_cast<std::uint32_t>(days + date::epoch)}.to_string();
    };
    CHECK(shown(-719162) == "0001-01-01");
    CHECK(shown(-719163) == "-719163");
    CHECK(shown(2932896) == "9999-12-31");
    CHECK(shown(2932897) == "2932897");
    CHECK(shown(11016) == "2000-02-29");
    CHECK(date{0xffffffff}.to_string() == "2147483647");
}

TEST_CASE("Timestamps from year 1 to 9999 are shown in UTC, others as milliseconds") {
    CHECK(timestamp{0}.to_string() == "1970-01-01 00:00:00.000000+0000");
    CHECK(timestamp{-62135596800000}.to_string() == "0001-01-01 00:00:00.000000+0000");
    CHECK(timestamp{-62135596800001}.to_string() == "-62135596800001");
    CHECK(timestamp{253402300799999}.to_string() == "9999-12-31 23:59:59.999000+0000");
    CHECK(timestamp{253402300800000}.to_string() == "253402300800000");
}

TEST_CASE("A duration leaves out the parts that are zero and has one sign") {
    CHECK(duration{}.to_string() == "0s");
    CHECK(duration{12, 0, 0}.to_string() == "1y");
    CHECK(duration{0, 0, 90'000'000'000}.to_string() == "1m30s");
    CHECK(duration{0, -1, -1}.to_string() == "-1d1ns");
    CHECK(duration{std::numeric_limits<std::int32_t>::min(), 0,
                   std::numeric_limits<std::int64_t>::min()}
              .to_string() == "-178956970y8mo2562047h47m16s854ms775us808ns");
}
