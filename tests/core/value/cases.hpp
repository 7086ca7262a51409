#pragma once

#include "../bytes.hpp"

#include <cocql/value.hpp>

#include <cmath>
#include <limits>
#include <vector>

/// One or more values of every type, with their bytes and how they are shown.
namespace cocql::tests {

struct value_case {
    data_type type;
    value content;
    const char* digits;
    const char* shown;
};

inline std::vector<value_case> value_cases() {
    using kind = data_type::kind;
    using sequence = value::sequence;
    using mapping = value::mapping;
    const auto address =
        data_type::udt("ks", "address", {"street", "code"}, {kind::text, kind::int_});
    const auto max = std::numeric_limits<std::int64_t>::max();
    const auto min = std::numeric_limits<std::int64_t>::min();
    return {
        {kind::ascii, "abc", "616263", "abc"},
        {kind::ascii, "", "", ""},
        {kind::text, "caf\xc3\xa9", "636166c3a9", "caf\xc3\xa9"},
        {kind::text, "a\nb\t\x01\\'", "610a6209015c27", "a\\nb\\t\\x01\\\\'"},
        {kind::text, "\xf0\x9f\x90\x98", "f09f9098", "\xf0\x9f\x90\x98"},
        {kind::text, "x\xc2\x85y\xc2\xa0z", "78c28579c2a07a", "x\\x85y\\xa0z"},
        {kind::blob, value::blob(hex("00ff10")), "00ff10", "0x00ff10"},
        {kind::blob, value::blob(), "", "0x"},
        {data_type::custom("org.example.Type"), value::blob(hex("01")), "01", "0x01"},
        {kind::boolean, true, "01", "True"},
        {kind::boolean, false, "00", "False"},
        {kind::tinyint, -128, "80", "-128"},
        {kind::smallint, 32767, "7fff", "32767"},
        {kind::int_, -1, "ffffffff", "-1"},
        {kind::bigint, max, "7fffffffffffffff", "9223372036854775807"},
        {kind::counter, min, "8000000000000000", "-9223372036854775808"},
        {kind::float_, 1.5f, "3fc00000", "1.5"},
        {kind::float_, -0.0f, "80000000", "-0"},
        {kind::double_, 1234.56789012, "40934a4584fcd47c", "1234.56789"},
        {kind::double_, 0.1, "3fb999999999999a", "0.1"},
        {kind::double_, 1e300, "7e37e43c8800759c", "1e+300"},
        {kind::double_, 123456789.0, "419d6f3454000000", "1.2346e+08"},
        {kind::double_, 0.0001, "3f1a36e2eb1c432d", "0.0001"},
        {kind::double_, std::numeric_limits<double>::infinity(), "7ff0000000000000", "Infinity"},
        {kind::double_, -std::numeric_limits<double>::infinity(), "fff0000000000000", "-Infinity"},
        {kind::decimal, decimal{1234, 2}, "00000002 04d2", "12.34"},
        {kind::decimal, decimal{-5, 3}, "00000003 fb", "-0.005"},
        {kind::decimal, decimal{100, 2}, "00000002 64", "1.00"},
        {kind::decimal, decimal{12, -3}, "fffffffd 0c", "1.2E+4"},
        {kind::decimal, decimal{1, 10}, "0000000a 01", "1E-10"},
        {kind::decimal, decimal{0, std::numeric_limits<std::int32_t>::min()}, "80000000 00",
         "0E+2147483648"},
        {kind::decimal, decimal{0, std::numeric_limits<std::int32_t>::max()}, "7fffffff 00",
         "0E-2147483647"},
        {kind::varint, varint(0), "00", "0"},
        {kind::varint, varint(-129), "ff7f", "-129"},
        {kind::varint, *varint::parse("170141183460469231731687303715884105728"),
         "0080000000000000000000000000000000", "170141183460469231731687303715884105728"},
        {kind::uuid, *uuid::parse("d83dff19-8b75-4a2b-96fa-bb0aba4878a8"),
         "d83dff198b754a2b96fabb0aba4878a8", "d83dff19-8b75-4a2b-96fa-bb0aba4878a8"},
        {kind::timeuuid, *uuid::parse("00000000-0000-1000-8000-000000000000"),
         "00000000000010008000000000000000", "00000000-0000-1000-8000-000000000000"},
        {kind::inet, *inet_address::parse("127.0.0.1"), "7f000001", "127.0.0.1"},
        {kind::inet, *inet_address::parse("2001:db8::1"), "20010db8000000000000000000000001",
         "2001:db8::1"},
        {kind::date, date{date::epoch}, "80000000", "1970-01-01"},
        {kind::date, date{date::epoch + 20781}, "8000512d", "2026-11-24"},
        {kind::date, date{date::epoch - 1}, "7fffffff", "1969-12-31"},
        {kind::date, date{0}, "00000000", "-2147483648"},
        {kind::date, date{date::epoch + 2932897}, "802cc0a1", "2932897"},
        {kind::time, time{0}, "0000000000000000", "00:00:00.000000000"},
        {kind::time, time{86'399'999'999'999}, "00004e94914effff", "23:59:59.999999999"},
        {kind::timestamp, timestamp{1795507200123}, "000001a20c91a07b",
         "2026-11-24 08:00:00.123000+0000"},
        {kind::timestamp, timestamp{-1}, "ffffffffffffffff", "1969-12-31 23:59:59.999000+0000"},
        {kind::timestamp, timestamp{max}, "7fffffffffffffff", "9223372036854775807"},
        {kind::timestamp, timestamp{min}, "8000000000000000", "-9223372036854775808"},
        {kind::duration, duration{0, 0, 0}, "000000", "0s"},
        {kind::duration, duration{14, 3, 14'706'007'008'009}, "1c 06 fc1ac004a5c612",
         "1y2mo3d4h5m6s7ms8us9ns"},
        {kind::duration, duration{-1, -2, -3}, "010305", "-1mo2d3ns"},
        {data_type::list(kind::int_), sequence{1, 2},
         "00000002 00000004 00000001 00000004 00000002", "[1, 2]"},
        {data_type::list(kind::int_), sequence{}, "00000000", "[]"},
        {data_type::set(kind::text), sequence{"a", "b'c"}, "00000002 00000001 61 00000003 622763",
         "{'a', 'b''c'}"},
        {data_type::set(kind::inet), sequence{*inet_address::parse("10.0.0.1")},
         "00000001 00000004 0a000001", "{'10.0.0.1'}"},
        {data_type::list(kind::timestamp), sequence{timestamp{0}},
         "00000001 00000008 0000000000000000", "['1970-01-01 00:00:00.000000+0000']"},
        {data_type::list(kind::date), sequence{date{date::epoch}}, "00000001 00000004 80000000",
         "[1970-01-01]"},
        {data_type::map(kind::text, kind::int_), mapping{{"a", 1}, {"b", 2}},
         "00000002 00000001 61 00000004 00000001 00000001 62 00000004 00000002",
         "{'a': 1, 'b': 2}"},
        {data_type::tuple({kind::int_, kind::text}), sequence{1, "a"},
         "00000004 00000001 00000001 61", "(1, 'a')"},
        {data_type::tuple({kind::int_, kind::text}), sequence{1, value()},
         "00000004 00000001 ffffffff", "(1, null)"},
        {address, sequence{"x", 7}, "00000001 78 00000004 00000007", "{street: 'x', code: 7}"},
        {data_type::map(kind::int_, data_type::list(data_type::tuple({kind::boolean, address}))),
         mapping{{5, sequence(1, value(sequence{true, sequence{"s", value()}}))}},
         "00000001 00000004 00000005"
         "0000001a 00000001 00000012 00000001 01 00000009 00000001 73 ffffffff",
         "{5: [(True, {street: 's', code: null})]}"},
    };
}

} // namespace cocql::tests
