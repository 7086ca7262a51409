#include "cases.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using kind = data_type::kind;

TEST_CASE("A value of every type is shown as cqlsh shows it") {
    for (const auto& each : tests::value_cases()) {
        CAPTURE(each.type.to_string());
        CHECK(format(each.type, each.content) == each.shown);
    }
    CHECK(format(kind::int_, value()) == "null");
}

TEST_CASE("Floats show as many digits as asked for, and more before the point") {
    const struct {
        double number;
        int precision;
        const char* shown;
    } cases[] = {
        {0, 5, "0"},
        {1, 5, "1"},
        {1.23456789, 5, "1.23457"},
        {12.3456789, 5, "12.34568"},
        {12345.6789012, 5, "12345.6789"},
        {99999.123456, 5, "99999.12346"},
        {123456.5, 5, "1.2346e+05"},
        {0.00012345678, 5, "0.000123"},
        {0.012345678, 5, "0.012346"},
        {0.12345678, 5, "0.123457"},
        {1e-7, 5, "1e-07"},
        {-2.5, 5, "-2.5"},
        {1.23456789, 12, "1.23456789"},
        {1.23456789, 3, "1.235"},
        {1e21, 5, "1e+21"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.number);
        format_options options;
        options.double_precision = each.precision;
        CHECK(format(kind::double_, each.number, options) == each.shown);
    }
}

TEST_CASE("A value of no bytes is shown as nothing, nested too, and is not null") {
    const value empty = value::empty();
    for (const auto which : {kind::int_, kind::bigint, kind::boolean, kind::timestamp, kind::uuid,
                             kind::inet, kind::date, kind::float_, kind::decimal})
        CHECK(format(which, empty).empty());
    CHECK(format(data_type::list(kind::int_), empty).empty());
    CHECK(format(data_type::list(kind::timestamp), value::sequence{empty, value()}) == "[, null]");
    CHECK(format(data_type::map(kind::int_, kind::inet), value::mapping{{1, empty}}) == "{1: }");
    CHECK(format(data_type::udt("k", "n", {"a", "b"}, {kind::int_, kind::uuid}),
                 value::sequence{empty, empty}) == "{a: , b: }");
    CHECK(format(data_type::tuple({kind::int_, kind::list}), value::sequence{empty, empty}) ==
          "(, )");
}

TEST_CASE("A backslash is shown as two unless escapes are marked in another way") {
    format_options options;
    options.double_backslash = false;
    CHECK(format(kind::text, "a\\b") == "a\\\\b");
    CHECK(format(kind::text, "a\\b", options) == "a\\b");
    CHECK(format(data_type::list(kind::text), value::sequence{"a\\'"}) == "['a\\\\''']");
}

TEST_CASE("A value shown with another's type is shown all the same") {
    CHECK(format(kind::int_, value::sequence{1, "a"}) == "[1, 'a']");
    CHECK(format(kind::int_, value::mapping{{1, "a"}}) == "{1: 'a'}");
    CHECK(format(data_type::tuple({}), value::sequence{1}) == "(1)");
    CHECK(format(kind::udt, value::sequence{1}) == "{1}");
    CHECK(format(data_type::udt("k", "n", {"a"}, {kind::int_}), value::sequence{1, 2}) ==
          "{a: 1, 2}");
}
