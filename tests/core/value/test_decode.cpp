#include "cases.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace cocql;
using kind = data_type::kind;
using tests::hex;
using tests::to_hex;

namespace {

/// The result of decoding a copy that ends where its allocation ends.
result<value> decode_exactly(const data_type& type, std::span<const std::byte> from) {
    const auto copy = std::make_unique<std::byte[]>(from.size());
    std::copy(from.begin(), from.end(), copy.get());
    return decode(type, std::span<const std::byte>(copy.get(), from.size()));
}

void check_refused(const data_type& type, const char* digits) {
    CAPTURE(type.to_string());
    CAPTURE(std::string(digits));
    const auto decoded = decode_exactly(type, hex(digits));
    REQUIRE(!decoded.has_value());
    CHECK(decoded.error().is(errc::decode_failed));
}

} // namespace

TEST_CASE("A value of every type decodes from its bytes") {
    for (const auto& each : tests::value_cases()) {
        CAPTURE(each.type.to_string());
        CAPTURE(std::string(each.digits));
        const auto decoded = decode_exactly(each.type, hex(each.digits));
        REQUIRE(decoded.has_value());
        CHECK((*decoded == each.content));
    }
}

TEST_CASE("NaN decodes to a number that is not itself") {
    const auto decoded = decode(kind::double_, hex("7ff8000000000000"));
    REQUIRE(decoded.has_value());
    REQUIRE(decoded->get<double>() != nullptr);
    CHECK(std::isnan(*decoded->get<double>()));
    CHECK(format(kind::double_, *decoded) == "NaN");
    CHECK(format(kind::float_, std::nanf("")) == "NaN");
}

TEST_CASE("A value of a fixed width must have that width") {
    const struct {
        kind type;
        std::size_t width;
    } widths[] = {{kind::boolean, 1},   {kind::tinyint, 1}, {kind::smallint, 2},
                  {kind::int_, 4},      {kind::float_, 4},  {kind::date, 4},
                  {kind::bigint, 8},    {kind::counter, 8}, {kind::double_, 8},
                  {kind::timestamp, 8}, {kind::time, 8},    {kind::uuid, 16},
                  {kind::timeuuid, 16}};
    for (const auto& each : widths)
        for (std::size_t size = 1; size <= 20; ++size) {
            CAPTURE(size);
            CAPTURE(data_type(each.type).to_string());
            const tests::bytes zeros(size);
            CHECK(decode_exactly(each.type, zeros).has_value() == (size == each.width));
        }
}

TEST_CASE("An address has 4 or 16 bytes") {
    for (std::size_t size = 1; size <= 20; ++size)
        CHECK(decode_exactly(kind::inet, tests::bytes(size)).has_value() ==
              (size == 4 || size == 16));
}

TEST_CASE("No bytes at all are a value of their own, except for texts and blobs, and no null") {
    for (const auto& each : tests::value_cases()) {
        const auto decoded = decode_exactly(each.type, {});
        CAPTURE(each.type.to_string());
        REQUIRE(decoded.has_value());
        const auto which = each.type.which();
        const bool has_none = which != kind::text && which != kind::ascii && which != kind::blob &&
                              which != kind::custom;
        CHECK(decoded->is_empty() == has_none);
        CHECK(!decoded->is_null());
        CHECK((*decoded == value(value::empty())) == has_none);
        std::vector<std::byte> again;
        REQUIRE(encode(each.type, *decoded, again));
        CHECK(again.empty());
    }
    const auto nested =
        decode_exactly(data_type::list(kind::int_), hex("00000002 00000000 ffffffff"));
    REQUIRE(nested.has_value());
    CHECK((*nested == value(value::sequence{value::empty(), value()})));
}

TEST_CASE("Texts must be UTF-8 and ascii must be ASCII") {
    for (const char* digits :
         {"80", "c0af", "c1bf", "c3", "e08080", "eda080", "edbfbf", "f08080 80", "f4908080",
          "f5808080", "ff", "61c328", "e282", "f09f90"})
        check_refused(kind::text, digits);
    for (const char* digits : {"7f", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf",
                               "f0908080", "f48fbfbf", "00"})
        CHECK(decode_exactly(kind::text, hex(digits)).has_value());
    check_refused(kind::ascii, "c3a9");
    check_refused(kind::ascii, "80");
}

TEST_CASE("Numbers and durations that do not fit are refused") {
    check_refused(kind::decimal, "00");
    check_refused(kind::decimal, "000000");
    check_refused(kind::decimal, "00000002");
    check_refused(kind::time, "ffffffffffffffff");
    check_refused(kind::time, "00004e94914f0000");
    check_refused(kind::duration, "00");
    check_refused(kind::duration, "0000");
    check_refused(kind::duration, "00000000");
    check_refused(kind::duration, "020102");            // signs differ
    check_refused(kind::duration, "f1 00000000 00 00"); // months beyond 32 bits
    check_refused(kind::duration, "00 ffffffffffffffffff 00");
    check_refused(kind::duration, "0000ff");
    check_refused(kind::duration, "0000ffffffffffffffff");
    CHECK(decode_exactly(kind::duration, hex("0000ffffffffffffffffff")).has_value());
}

TEST_CASE("Counts and lengths in collections are bounded by the bytes that are there") {
    const auto ints = data_type::list(kind::int_);
    const auto pairs = data_type::map(kind::int_, kind::int_);
    const auto fields = data_type::tuple({kind::int_, kind::int_});
    for (const char* count :
         {"ffffffff", "fffffffe", "7fffffff", "80000000", "0000ffff", "00000001"}) {
        check_refused(ints, count);
        check_refused(data_type::set(kind::int_), count);
        check_refused(pairs, count);
    }
    check_refused(ints, "000000");
    check_refused(ints, "00000000 00");
    check_refused(ints, "00000001 00000004 000000");
    check_refused(ints, "00000001 7fffffff 00000000");
    check_refused(ints, "00000001 fffffffe");
    check_refused(ints, "00000001 00000003 000000");
    check_refused(ints, "00000001 00000004 00000001 00");
    check_refused(pairs, "00000001 00000004 00000001");
    check_refused(fields, "000000");
    check_refused(fields, "00000004 00000001 00000004 00000002 00000004 00000003");
    check_refused(fields, "fffffffe 00000004 00000001");
}

TEST_CASE("Every value cut short is refused, or, where its fields are optional, has fewer") {
    for (const auto& each : tests::value_cases()) {
        const auto whole = hex(each.digits);
        for (std::size_t size = 1; size < whole.size(); ++size) {
            CAPTURE(each.type.to_string());
            CAPTURE(size);
            const auto decoded =
                decode_exactly(each.type, std::span<const std::byte>(whole).first(size));
            if (decoded.has_value())
                CHECK((each.type.which() == kind::tuple || !(*decoded == each.content)));
            else
                CHECK(decoded.error().is(errc::decode_failed));
        }
    }
}

TEST_CASE("Fields that a value was written without are null") {
    const auto address =
        data_type::udt("ks", "address", {"street", "code"}, {kind::text, kind::int_});
    const auto decoded = decode(address, hex("00000001 78"));
    REQUIRE(decoded.has_value());
    CHECK((*decoded == value(value::sequence{"x", value()})));
}

TEST_CASE("A type without the parameters it needs has no values and no crash") {
    for (const auto which : {kind::list, kind::set, kind::map}) {
        check_refused(which, "00000001 00000001 00");
        std::vector<std::byte> out;
        CHECK(!encode(which, value(value::sequence{1}), out));
    }
}

TEST_CASE("An error about a value does not show its bytes") {
    const auto decoded = decode(kind::int_, hex("736563726574"));
    REQUIRE(!decoded.has_value());
    const std::string text = decoded.error().what();
    CHECK(text.find("secret") == text.npos);
    CHECK(text.find("736563") == text.npos);
    CHECK(text.find("int") != text.npos);
}
