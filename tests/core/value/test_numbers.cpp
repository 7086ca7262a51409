#include "../bytes.hpp"
#include "core/value/vint.hpp"

#include <cocql/decimal.hpp>
#include <cocql/varint.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>

using namespace cocql;
using tests::hex;
using tests::to_hex;

TEST_CASE("A varint keeps the fewest bytes and reads back in decimal") {
    const struct {
        const char* text;
        const char* digits;
    } cases[] = {
        {"0", "00"},
        {"1", "01"},
        {"-1", "ff"},
        {"127", "7f"},
        {"128", "0080"},
        {"-128", "80"},
        {"-129", "ff7f"},
        {"255", "00ff"},
        {"256", "0100"},
        {"-256", "ff00"},
        {"-32768", "8000"},
        {"9223372036854775808", "008000000000000000"},
        {"-9223372036854775809", "ff7fffffffffffffff"},
        {"1000000000000000000000000000000", "0c9f2c9cd04674edea40000000"},
    };
    for (const auto& each : cases) {
        CAPTURE(std::string(each.text));
        const auto parsed = varint::parse(each.text);
        REQUIRE(parsed.has_value());
        CHECK(to_hex(parsed->bytes()) == each.digits);
        CHECK(parsed->to_string() == each.text);
        CHECK(*parsed == varint::from_bytes(hex(each.digits)));
    }
    CHECK(varint::from_bytes(hex("0000000001")) == varint(1));
    CHECK(varint::from_bytes(hex("ffffffff80")) == varint(-128));
    CHECK(varint::from_bytes({}) == varint(0));
    CHECK(*varint::parse("-0") == varint(0));
    CHECK(*varint::parse("+0012") == varint(12));
    for (const char* text : {"", "-", "+", "1a", "--1", " 1", "0x10", "1."})
        CHECK(!varint::parse(text).has_value());
    for (const auto number : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                              std::numeric_limits<std::int64_t>::max()})
        CHECK(varint(number).to_string() == std::to_string(number));
}

TEST_CASE("A decimal reads and shows as Java's and Python's do") {
    const struct {
        const char* text;
        std::int64_t unscaled;
        std::int32_t scale;
        const char* shown;
    } cases[] = {
        {"0", 0, 0, "0"},
        {"12.340", 12340, 3, "12.340"},
        {"-12.340", -12340, 3, "-12.340"},
        {"0.001", 1, 3, "0.001"},
        {".5", 5, 1, "0.5"},
        {"5.", 5, 0, "5"},
        {"1.2E+7", 12, -6, "1.2E+7"},
        {"1e3", 1, -3, "1E+3"},
        {"0.000001", 1, 6, "0.000001"},
        {"0.0000001", 1, 7, "1E-7"},
        {"-1.23E-10", -123, 12, "-1.23E-10"},
        {"0E-7", 0, 7, "0E-7"},
        {"0.000", 0, 3, "0.000"},
    };
    for (const auto& each : cases) {
        CAPTURE(std::string(each.text));
        const auto parsed = decimal::parse(each.text);
        REQUIRE(parsed.has_value());
        CHECK(parsed->unscaled == varint(each.unscaled));
        CHECK(parsed->scale == each.scale);
        CHECK(parsed->to_string() == each.shown);
    }
    for (const char* text : {"", ".", "-", "e5", "1e", "1e+-5", "1e5x", "1.2.3", "1-2",
                             "1e99999999999", "1e-9223372036854775808", "1e9223372036854775807"})
        CHECK(!decimal::parse(text).has_value());
}

TEST_CASE("A decimal of the outermost scales shows without its zeros being written out") {
    CHECK(decimal{123, std::numeric_limits<std::int32_t>::min()}.to_string() == "1.23E+2147483650");
    CHECK(decimal{123, std::numeric_limits<std::int32_t>::max()}.to_string() == "1.23E-2147483645");
}

TEST_CASE("Variable-length integers of all widths read back") {
    std::vector<std::int64_t> numbers = {0,
                                         1,
                                         -1,
                                         63,
                                         64,
                                         -64,
                                         -65,
                                         std::numeric_limits<std::int64_t>::max(),
                                         std::numeric_limits<std::int64_t>::min()};
    for (int bit = 0; bit < 63; ++bit)
        for (const std::int64_t near : {-1, 0, 1}) {
            numbers.push_back((std::int64_t{1} << bit) + near);
            numbers.push_back(-(std::int64_t{1} << bit) + near);
        }
    for (const auto number : numbers) {
        CAPTURE(number);
        std::vector<std::byte> out;
        values::write_vint(out, number);
        CHECK(out.size() <= 9);
        base::byte_reader in(out);
        CHECK(values::read_vint(in) == number);
        CHECK(in.at_end());
        CHECK(!in.failed());
    }
}
