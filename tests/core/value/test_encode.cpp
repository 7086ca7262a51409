#include "cases.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <type_traits>
#include <vector>

using namespace cocql;
using kind = data_type::kind;
using tests::hex;
using tests::to_hex;

namespace {

void check_not_encoded(const data_type& type, const value& item) {
    CAPTURE(type.to_string());
    std::vector<std::byte> out;
    const auto encoded = encode(type, item, out);
    REQUIRE(!encoded);
    CHECK(encoded.error().is(errc::invalid_argument));
}

std::string encoded_hex(const data_type& type, const value& item) {
    std::vector<std::byte> out;
    const auto encoded = encode(type, item, out);
    return encoded ? to_hex(out) : encoded.error().what();
}

} // namespace

TEST_CASE("A value of every type encodes to its bytes") {
    for (const auto& each : tests::value_cases()) {
        CAPTURE(each.type.to_string());
        CHECK(encoded_hex(each.type, each.content) == to_hex(hex(each.digits)));
    }
}

TEST_CASE("Encoding appends") {
    std::vector<std::byte> out = hex("aa");
    REQUIRE(encode(kind::int_, 1, out));
    CHECK(to_hex(out) == "aa00000001");
}

TEST_CASE("Integers must be in the range of their type") {
    check_not_encoded(kind::tinyint, 128);
    check_not_encoded(kind::tinyint, -129);
    check_not_encoded(kind::smallint, 32768);
    check_not_encoded(kind::int_, 2147483648LL);
    check_not_encoded(kind::int_, -2147483649LL);
    CHECK(encoded_hex(kind::tinyint, 127) == "7f");
    CHECK(encoded_hex(kind::smallint, -32768) == "8000");
    CHECK(encoded_hex(kind::int_, 2147483647) == "7fffffff");
}

TEST_CASE("What does not fit its type is an invalid argument") {
    const value samples[] = {value(),
                             value::unset(),
                             true,
                             1,
                             1.5f,
                             1.5,
                             "text",
                             value::blob(3),
                             uuid(),
                             inet_address(),
                             varint(1),
                             decimal{1, 1},
                             duration{1, 1, 1},
                             date(),
                             cocql::time(),
                             timestamp(),
                             value::sequence{1},
                             value::mapping{{1, 1}}};
    std::size_t accepted = 0;
    for (const auto& each : tests::value_cases())
        for (const auto& item : samples) {
            std::vector<std::byte> out;
            const auto encoded = encode(each.type, item, out);
            if (encoded)
                ++accepted;
            else
                CHECK(encoded.error().is(errc::invalid_argument));
            if (item.is_null() || item.is_unset())
                CHECK(!encoded);
        }
    CHECK(accepted > 0);
    check_not_encoded(kind::time, cocql::time{-1});
    check_not_encoded(kind::time, cocql::time{86'400'000'000'000});
    check_not_encoded(kind::duration, duration{1, -1, 0});
    check_not_encoded(data_type::list(kind::int_), value::sequence{1, value()});
    check_not_encoded(data_type::map(kind::int_, kind::int_), value::mapping{{1, value()}});
    check_not_encoded(data_type::tuple({kind::int_}), value::sequence{1, 2});
    check_not_encoded(data_type::list(kind::int_), value::sequence{"a"});
}

TEST_CASE("Natural C++ values become CQL values") {
    CHECK(encoded_hex(kind::bigint, static_cast<short>(1)) == "0000000000000001");
    CHECK(encoded_hex(kind::bigint, 1L) == "0000000000000001");
    CHECK(encoded_hex(kind::bigint, 1u) == "0000000000000001");
    CHECK(encoded_hex(kind::varint, 256) == "0100");
    CHECK(encoded_hex(kind::double_, 1.5f) == "3ff8000000000000");
    CHECK(encoded_hex(kind::text, std::string("a")) == "61");
    CHECK(encoded_hex(kind::text, std::string_view("a")) == "61");
    CHECK(value(true).get<bool>() != nullptr);
    CHECK(value(1).get<std::int64_t>() != nullptr);
    CHECK(value("a").get<std::string>() != nullptr);
    CHECK(value("a").get<bool>() == nullptr);
    CHECK(value().is_null());
    CHECK(value(value::unset()).is_unset());
}

TEST_CASE("An unsigned integer above 2^63 is that number in a varint, and refused by a bigint") {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    constexpr auto above = std::uint64_t{1} << 63;
    CHECK(encoded_hex(kind::varint, most) == "00ffffffffffffffff");
    CHECK(encoded_hex(kind::varint, above) == "008000000000000000");
    CHECK(encoded_hex(kind::varint, above - 1) == "7fffffffffffffff");
    CHECK(encoded_hex(kind::bigint, above - 1) == "7fffffffffffffff");
    for (const auto type : {kind::bigint, kind::counter, kind::int_, kind::tinyint}) {
        CHECK(encoded_hex(type, most).find("out of the range") != std::string::npos);
        CHECK(encoded_hex(type, above).find("out of the range") != std::string::npos);
    }
    CHECK(encoded_hex(data_type::list(kind::varint), value::sequence(1, most)) ==
          "000000010000000900ffffffffffffffff");
    CHECK(encoded_hex(data_type::map(kind::varint, kind::int_), value::mapping{{most, 1}}) ==
          "000000010000000900ffffffffffffffff0000000400000001");
    check_not_encoded(data_type::tuple({kind::bigint}), value::sequence(1, most));
    CHECK(format(kind::varint, most) == "18446744073709551615");
    CHECK(varint(most).to_string() == "18446744073709551615");
    CHECK(decimal{most, 1}.to_string() == "1844674407370955161.5");
}

TEST_CASE("A character, a pointer or nothing at all is no number and no truth") {
    static_assert(!std::is_constructible_v<value, char>);
    static_assert(!std::is_constructible_v<value, wchar_t>);
    static_assert(!std::is_constructible_v<value, char8_t>);
    static_assert(!std::is_constructible_v<value, char16_t>);
    static_assert(!std::is_constructible_v<value, char32_t>);
    static_assert(!std::is_constructible_v<value, const int*>);
    static_assert(!std::is_constructible_v<value, const unsigned char*>);
    static_assert(!std::is_constructible_v<value, void*>);
    static_assert(!std::is_constructible_v<value, std::nullptr_t>);
    static_assert(!std::is_constructible_v<varint, char>);
    static_assert(!std::is_constructible_v<varint, bool>);
    static_assert(!std::is_constructible_v<varint, double>);
    char text[] = "abc";
    CHECK(*value(text).get<std::string>() == "abc");
    CHECK(*value(static_cast<char*>(text)).get<std::string>() == "abc");
    CHECK(*value(std::vector<bool>{true}[0]).get<bool>());
    CHECK(*value(static_cast<unsigned char>(65)).get<std::int64_t>() == 65);
}

TEST_CASE("A value is checked as the types of C++ are") {
    check_not_encoded(kind::text, "\xff");
    check_not_encoded(kind::text, "caf\xc3");
    check_not_encoded(kind::ascii, "caf\xc3\xa9");
    check_not_encoded(kind::timeuuid, uuid::parse("d83dff19-8b75-4a2b-96fa-bb0aba4878a8").value());
    check_not_encoded(kind::timeuuid, uuid());
    check_not_encoded(data_type::list(kind::text), value::sequence{"\xff"});
    check_not_encoded(data_type::map(kind::text, kind::text), value::mapping{{"a", "\xff"}});
    check_not_encoded(data_type::vector(kind::ascii, 1), value::sequence{"\xc3\xa9"});
    CHECK(encoded_hex(kind::text, "caf\xc3\xa9") == "636166c3a9");
    std::vector<std::byte> out = hex("aa");
    CHECK(!encode(data_type::list(kind::text), value::sequence{"a", "\xff"}, out));
    CHECK(to_hex(out) == "aa"); // nothing of a value that was refused
}

TEST_CASE("A value of no bytes is written as one, but cannot stand where there is no length") {
    for (const auto& each : tests::value_cases())
        CHECK(encoded_hex(each.type, value::empty()).empty());
    CHECK(encoded_hex(data_type::list(kind::int_), value::sequence(1, value::empty())) ==
          "0000000100000000");
    CHECK(encoded_hex(data_type::vector(kind::varint, 1), value::sequence(1, value::empty())) ==
          "00");
    check_not_encoded(data_type::vector(kind::int_, 1), value::sequence(1, value::empty()));
}

TEST_CASE("Fields left out at the end of a tuple or UDT are not written") {
    CHECK(encoded_hex(data_type::tuple({kind::int_, kind::int_}), value::sequence{1}) ==
          "0000000400000001");
}
