#include "../bytes.hpp"
#include "core/value/vint.hpp"

#include <cocql/decimal.hpp>
#include <cocql/varint.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <string>
#include <vector>

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

namespace {

varint number_of(std::size_t bytes) {
    std::vector<std::byte> made(bytes);
    for (std::size_t i = 0; i < bytes; ++i)
        made[i] = static_cast<std::byte>((i * 7 + 1) % 251);
    return varint::from_bytes(made);
}

/// CPU time, the least of some: other programs then hardly matter.
template <class Work>
double seconds_of(Work work) {
    double least = 1e9;
    for (int i = 0; i < 3; ++i) {
        const auto begin = std::clock();
        int times = 0;
        do
            work();
        while (++times, std::clock() - begin < CLOCKS_PER_SEC / 50);
        least = std::min(least, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / times);
    }
    return least;
}

} // namespace

TEST_CASE("Numbers of any size go to text and back, and decimals of them") {
    for (const std::size_t bytes : {7u, 8u, 9u, 16u, 17u, 100u, 4'095u, 4'096u, 10'001u}) {
        CAPTURE(bytes);
        const auto made = number_of(bytes);
        std::vector<std::byte> raw(made.bytes().begin(), made.bytes().end());
        for (const bool negative : {false, true}) {
            if (negative)
                for (auto& byte : raw)
                    byte = ~byte;
            const auto number = varint::from_bytes(raw);
            const auto text = number.to_string();
            CHECK(text.starts_with('-') == negative);
            CHECK(varint::parse(text) == number);
            CHECK(decimal::parse(decimal{number, 3}.to_string()) == decimal{number, 3});
        }
    }
    // 2^4096, its neighbours, and 10^1234: where digits and bytes carry all the way.
    std::vector<std::byte> power(513);
    power[0] = std::byte{1};
    const auto text = varint::from_bytes(power).to_string();
    CHECK(text.size() == 1234);
    CHECK(text.starts_with("1044388881413152506691752710716624382579964249047383780384233483"));
    CHECK(text.ends_with("0781738033436090243804708340403154190336"));
    CHECK(varint::parse(text)->bytes().size() == 513);
    const auto ten = "1" + std::string(1234, '0');
    CHECK(varint::parse(ten)->to_string() == ten);
    CHECK(varint::parse("-" + ten)->to_string() == "-" + ten);
    const auto nines = std::string(1234, '9');
    CHECK(varint::parse(nines)->to_string() == nines);
    CHECK(varint::parse(std::string(1000, '0') + "7") == varint(7));
}

TEST_CASE(
    "A varint of 160 kB goes to text and back without taking 256 times as long as one of 10 kB") {
    const auto shorter = number_of(10'000);
    const auto longer = number_of(160'000);
    const auto shorter_text = shorter.to_string();
    const auto longer_text = longer.to_string();
    CHECK(varint::parse(longer_text) == longer);
    const auto to_text = seconds_of([&] { static_cast<void>(longer.to_string()); }) /
                         seconds_of([&] { static_cast<void>(shorter.to_string()); });
    const auto from_text = seconds_of([&] { static_cast<void>(varint::parse(longer_text)); }) /
                           seconds_of([&] { static_cast<void>(varint::parse(shorter_text)); });
    MESSAGE("sixteen times the bytes take " << to_text << " and " << from_text
                                            << " times the time");
    CHECK(to_text < 150);
    CHECK(from_text < 150);
    CHECK(decimal::parse(decimal{longer, 5}.to_string()) == decimal{longer, 5});
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
