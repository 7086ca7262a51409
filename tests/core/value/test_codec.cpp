#include "../bytes.hpp"

#include <cocql/codec_chrono.hpp>
#include <cocql/codec_containers.hpp>
#include <cocql/codec_described.hpp>

#include <boost/describe/class.hpp>
#include <doctest/doctest.h>

#include <deque>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

using namespace cocql;
using kind = data_type::kind;
using tests::hex;
using tests::to_hex;

namespace {

struct address {
    std::string street;
    std::optional<std::int32_t> code;
    friend bool operator==(const address&, const address&) = default;
};
BOOST_DESCRIBE_STRUCT(address, (), (street, code))

struct user_id {
    std::int64_t number = 0;
    friend bool operator==(const user_id&, const user_id&) = default;
};

/// Others in disguise: of a text, of a value that may be null, of a container.
struct nickname {
    std::string text = "nobody";
    friend bool operator==(const nickname&, const nickname&) = default;
};
struct maybe_age {
    std::optional<std::int32_t> years = 99;
    friend bool operator==(const maybe_age&, const maybe_age&) = default;
};
struct never_null {
    std::optional<std::int32_t> number = 99;
};
struct anything {
    value content = 99;
};
struct tags {
    std::set<std::string> names{"old"};
    friend bool operator==(const tags&, const tags&) = default;
};

/// Containers wherever a struct may have one.
struct household {
    std::vector<std::int32_t> ages{99};
    std::map<std::string, std::int32_t> rooms{{"old", 99}};
    std::optional<std::set<std::string>> pets = std::set<std::string>{"old"};
    friend bool operator==(const household&, const household&) = default;
};
BOOST_DESCRIBE_STRUCT(household, (), (ages, rooms, pets))

data_type household_type() {
    return data_type::udt("ks", "household", {"ages", "rooms", "pets"},
                          {data_type::list(kind::int_), data_type::map(kind::text, kind::int_),
                           data_type::set(kind::text)});
}

data_type address_type() {
    return data_type::udt("ks", "address", {"code", "street"}, {kind::int_, kind::text});
}

template <class T>
std::string written(const data_type& type, const T& item) {
    byte_sink out;
    REQUIRE(codec<T>::writes(type));
    codec<T>::encode(type, item, out);
    INFO(std::string(out.why()));
    REQUIRE(!out.failed());
    return to_hex(out.bytes());
}

template <class T>
std::string refusal(const data_type& type, const T& item) {
    byte_sink out;
    codec<T>::encode(type, item, out);
    REQUIRE(out.failed());
    return out.why();
}

template <class T>
bool reads_back(const data_type& type, std::span<const std::byte> bytes, T& out) {
    return codec<T>::decode(type, bytes, out);
}

/// Written as those bytes, read back as the same, and no part of the bytes is read as a whole
/// value.
template <class T>
void check_both_ways(const data_type& type, const T& item, const char* digits) {
    INFO(type.to_string());
    const auto bytes = hex(digits);
    CHECK(written(type, item) == to_hex(bytes));
    REQUIRE(codec<T>::reads(type));
    T back{};
    REQUIRE(reads_back(type, bytes, back));
    CHECK(back == item);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        T part{};
        const auto fits = reads_back(type, std::span(bytes).first(length), part);
        CHECK((!fits || !(part == item)));
    }
}

template <class T>
bool decodes(const data_type& type, const char* digits) {
    T out{};
    const auto bytes = hex(digits);
    return codec<T>::decode(type, bytes, out);
}

} // namespace

template <>
struct cocql::codec<user_id> : cocql::codec_through<user_id, std::int64_t> {
    static std::string name() { return "user_id"; }
    static std::int64_t to(const user_id& id) { return id.number; }
    static bool from(std::int64_t number, user_id& id) {
        id.number = number;
        return number >= 0;
    }
};

template <>
struct cocql::codec<nickname> : cocql::codec_through<nickname, std::string> {
    static std::string name() { return "nickname"; }
    static const std::string& to(const nickname& item) { return item.text; }
    static bool from(std::string text, nickname& item) {
        item.text = std::move(text);
        return true;
    }
};
template <>
struct cocql::codec<maybe_age> : cocql::codec_through<maybe_age, std::optional<std::int32_t>> {
    static std::string name() { return "maybe_age"; }
    static std::optional<std::int32_t> to(const maybe_age& item) { return item.years; }
    static bool from(std::optional<std::int32_t> years, maybe_age& item) {
        item.years = years;
        return true;
    }
};
template <>
struct cocql::codec<never_null> : cocql::codec_through<never_null, std::optional<std::int32_t>> {
    static std::optional<std::int32_t> to(const never_null& item) { return item.number; }
    static bool from(std::optional<std::int32_t> number, never_null& item) {
        item.number = number;
        return number.has_value();
    }
};
template <>
struct cocql::codec<anything> : cocql::codec_through<anything, value> {
    static value to(const anything& item) { return item.content; }
    static bool from(value content, anything& item) {
        item.content = std::move(content);
        return true;
    }
};
template <>
struct cocql::codec<tags> : cocql::codec_through<tags, std::set<std::string>> {
    static const std::set<std::string>& to(const tags& item) { return item.names; }
    static bool from(std::set<std::string> names, tags& item) {
        item.names = std::move(names);
        return true;
    }
};

namespace {

/// As a column, which may be null.
template <class T>
bool cell(const data_type& type, const char* digits, T& out) {
    const auto bytes = digits == nullptr ? tests::bytes() : hex(digits);
    return detail::decode_cell(
        type, bytes.data(), digits == nullptr ? -1 : static_cast<std::int32_t>(bytes.size()), out);
}

/// A whole marker, with its length.
template <class T>
std::string marker(const data_type& type, const T& item) {
    byte_sink out;
    detail::encode_marker(type, item, out);
    INFO(std::string(out.why()));
    REQUIRE(!out.failed());
    return to_hex(out.bytes());
}

/// Null and no bytes at all make it empty, whatever it held.
template <class Container>
void check_null_is_empty(const data_type& type, Container held) {
    INFO(type.to_string());
    for (const char* digits : {static_cast<const char*>(nullptr), "", "00000000"}) {
        auto out = held;
        CHECK(cell(type, digits, out));
        CHECK(out.empty());
    }
    auto element = std::pair(1, held);
    CHECK(reads_back(data_type::tuple({kind::int_, type}), hex("00000004 00000001 ffffffff"),
                     element));
    CHECK(element.second.empty());
    element.second = held;
    CHECK(reads_back(data_type::tuple({kind::int_, type}), hex("00000004 00000001"), element));
    CHECK(element.second.empty());
    std::optional<Container> apart = held;
    CHECK((cell(type, nullptr, apart) && !apart));
    CHECK((cell(type, "00000000", apart) && apart && apart->empty()));
}

} // namespace

TEST_CASE("An empty collection is read back by what wrote it: the server gives null") {
    const auto list = data_type::list(kind::int_);
    const auto set = data_type::set(kind::text);
    const auto map = data_type::map(kind::text, kind::int_);
    check_null_is_empty<std::vector<std::int32_t>>(list, {1});
    check_null_is_empty<std::deque<std::int32_t>>(list, {1});
    check_null_is_empty<std::list<std::int32_t>>(list, {1});
    check_null_is_empty<std::set<std::string>>(set, {"a"});
    check_null_is_empty<std::unordered_set<std::string>>(set, {"a"});
    check_null_is_empty<std::map<std::string, std::int32_t>>(map, {{"a", 1}});
    check_null_is_empty<std::unordered_map<std::string, std::int32_t>>(map, {{"a", 1}});
    check_null_is_empty<std::vector<std::pair<std::string, std::int32_t>>>(map, {{"a", 1}});
    tags worn;
    CHECK((cell(set, nullptr, worn) && worn.names.empty()));

    household home;
    CHECK(reads_back(household_type(), hex("ffffffff ffffffff ffffffff"), home));
    CHECK(home == household{{}, {}, std::nullopt});
    home = {};
    CHECK(reads_back(household_type(), hex("00000004 00000000 00000004 00000000 00000004 00000000"),
                     home));
    CHECK(home == household{{}, {}, std::set<std::string>()});
    home = {};
    CHECK(reads_back(household_type(), {}, home)); // written before the type had fields
    CHECK(home == household{{}, {}, std::nullopt});
}

TEST_CASE("A vector that is null is not one of no elements") {
    const auto vector = data_type::vector(kind::float_, 2);
    std::vector<float> plain{1.0f, 2.0f};
    CHECK(!cell(vector, nullptr, plain));
    CHECK(!cell(vector, "", plain));
    std::array<float, 2> fixed{};
    CHECK(!cell(vector, nullptr, fixed));
    std::optional<std::vector<float>> maybe = plain;
    CHECK((cell(vector, nullptr, maybe) && !maybe));
}

TEST_CASE("A type in disguise reads and writes empty texts, null and unset as what it stands for") {
    nickname name;
    CHECK((cell(kind::text, "", name) && name.text.empty()));
    name = {};
    CHECK(!cell(kind::text, nullptr, name));
    std::optional<nickname> maybe_name;
    CHECK((cell(kind::text, "", maybe_name) && maybe_name && maybe_name->text.empty()));
    CHECK((cell(kind::text, nullptr, maybe_name) && !maybe_name));
    CHECK(marker(kind::text, nickname{""}) == "00000000");

    maybe_age age;
    CHECK((cell(kind::int_, nullptr, age) && !age.years));
    age = {};
    CHECK((cell(kind::int_, "", age) && !age.years));
    CHECK((cell(kind::int_, "00000007", age) && age.years == 7));
    CHECK(marker(kind::int_, maybe_age{std::nullopt}) == "ffffffff");
    CHECK(marker(kind::int_, maybe_age{7}) == "0000000400000007");
    never_null number;
    CHECK(!cell(kind::int_, nullptr, number));
    CHECK((cell(kind::int_, "00000007", number) && number.number == 7));

    anything any;
    CHECK((cell(kind::int_, nullptr, any) && any.content.is_null()));
    CHECK(marker(kind::int_, anything{value()}) == "ffffffff");
    CHECK(marker(kind::int_, anything{value(value::unset())}) == "fffffffe");

    const auto pair = data_type::tuple({kind::int_, kind::text});
    CHECK(written(pair, std::tuple(maybe_age{std::nullopt}, nickname{""})) == "ffffffff00000000");
    CHECK(refusal(data_type::list(kind::int_), std::vector<maybe_age>{{std::nullopt}}) ==
          "a collection cannot hold null");
    CHECK(refusal(data_type::vector(kind::int_, 1), std::vector<maybe_age>{{std::nullopt}}) ==
          "a vector cannot hold null");
}

TEST_CASE("Optionals of optionals, of values and of types in disguise write null, not 0") {
    using nested = std::optional<std::optional<std::int32_t>>;
    CHECK(marker(kind::int_, nested()) == "ffffffff");
    CHECK(marker(kind::int_, nested(std::in_place, std::nullopt)) == "ffffffff");
    CHECK(marker(kind::int_, nested(7)) == "0000000400000007");
    CHECK(marker(kind::int_, std::optional<maybe_age>(maybe_age{std::nullopt})) == "ffffffff");
    CHECK(marker(kind::int_, std::optional<value>(value())) == "ffffffff");
    CHECK(marker(kind::int_, std::optional<value>(value(value::unset()))) == "fffffffe");
    CHECK(marker(kind::int_, std::optional<value>()) == "ffffffff");
    CHECK(marker(kind::int_, std::optional(null)) == "ffffffff");
    CHECK(marker(kind::int_, std::optional(unset)) == "fffffffe");
    nested out = 7;
    CHECK((cell(kind::int_, nullptr, out) && !out));
    CHECK((cell(kind::int_, "00000007", out) && out && *out == 7));
    CHECK((cell(kind::int_, "", out) && (!out || !*out)));
    CHECK(refusal(data_type::list(kind::int_), std::vector<nested>{nested(std::nullopt)}) ==
          "a collection cannot hold null");
}

TEST_CASE("Scalars go both ways as the specification has them") {
    check_both_ways<bool>(kind::boolean, true, "01");
    check_both_ways<std::int8_t>(kind::tinyint, -128, "80");
    check_both_ways<std::int16_t>(kind::smallint, 32767, "7fff");
    check_both_ways<std::int32_t>(kind::int_, std::numeric_limits<std::int32_t>::min(), "80000000");
    check_both_ways<std::int64_t>(kind::bigint, -2, "fffffffffffffffe");
    check_both_ways<std::int64_t>(kind::counter, 1, "0000000000000001");
    check_both_ways<float>(kind::float_, 1.5f, "3fc00000");
    check_both_ways<double>(kind::double_, -0.0, "8000000000000000");
    check_both_ways<std::string>(kind::text, "caf\xc3\xa9 and more than eight", //
                                 "636166c3a920616e64206d6f7265207468616e206569676874");
    check_both_ways<std::string>(kind::ascii, "", "");
    check_both_ways<std::string_view>(kind::text, "abc", "616263");
    check_both_ways<std::vector<std::byte>>(kind::blob, hex("00ff"), "00ff");
    check_both_ways<uuid>(kind::uuid, *uuid::parse("d83dff19-8b75-4a2b-96fa-bb0aba4878a8"),
                          "d83dff198b754a2b96fabb0aba4878a8");
    check_both_ways<inet_address>(kind::inet, *inet_address::parse("127.0.0.1"), "7f000001");
    check_both_ways<varint>(kind::varint, varint(-129), "ff7f");
    check_both_ways<decimal>(kind::decimal, decimal{1234, 2}, "0000000204d2");
    check_both_ways<duration>(kind::duration, duration{1, 2, 3}, "020406");
    check_both_ways<date>(kind::date, date{0}, "00000000");
    check_both_ways<cocql::time>(kind::time, cocql::time{1}, "0000000000000001");
    check_both_ways<timestamp>(kind::timestamp, timestamp{-1}, "ffffffffffffffff");
    check_both_ways<user_id>(kind::bigint, user_id{7}, "0000000000000007");
}

TEST_CASE("Not a number stays one, with its bits") {
    double out = 0;
    REQUIRE(reads_back<double>(kind::double_, hex("7ff8000000000001"), out));
    CHECK(written<double>(kind::double_, out) == "7ff8000000000001");
}

TEST_CASE("Integers are read by wider types and written to any that they fit") {
    std::int64_t wide = 0;
    CHECK(codec<std::int64_t>::reads(kind::tinyint));
    CHECK((reads_back<std::int64_t>(kind::tinyint, hex("ff"), wide) && wide == -1));
    CHECK((reads_back<std::int64_t>(kind::smallint, hex("8000"), wide) && wide == -32768));
    CHECK((reads_back<std::int64_t>(kind::int_, hex("fffffffe"), wide) && wide == -2));
    CHECK(!codec<std::int32_t>::reads(kind::bigint));
    CHECK(!decodes<std::int64_t>(kind::int_, "0000000000000001"));
    varint any;
    CHECK((reads_back<varint>(kind::int_, hex("00000007"), any) && any == varint(7)));

    CHECK(written(kind::tinyint, 127) == "7f");
    CHECK(written(kind::bigint, 7) == "0000000000000007");
    CHECK(written(kind::bigint, std::size_t{7}) == "0000000000000007");
    CHECK(written(kind::varint, 255) == "00ff");
    CHECK(written(kind::varint, std::numeric_limits<std::uint64_t>::max()) == "00ffffffffffffffff");
    CHECK(refusal(kind::tinyint, 128) == "the integer is out of the range of the CQL type tinyint");
    CHECK(refusal(kind::bigint, std::numeric_limits<std::uint64_t>::max()).find("bigint") !=
          std::string::npos);
    CHECK(!readable<std::uint32_t>);
    CHECK(!writable<char>);
}

TEST_CASE("Floats widen, and do not narrow") {
    CHECK(written(kind::double_, 1.5f) == "3ff8000000000000");
    CHECK(!codec<double>::writes(kind::float_));
    double wide = 0;
    CHECK((reads_back<double>(kind::float_, hex("3fc00000"), wide) && wide == 1.5));
}

TEST_CASE("Texts are checked in both directions") {
    CHECK(!decodes<std::string_view>(kind::text, "c3"));
    CHECK(!decodes<std::string>(kind::text, "6161616161616161c328"));
    CHECK(!decodes<std::string_view>(kind::text, "eda080")); // a surrogate
    CHECK(!decodes<std::string_view>(kind::ascii, "c3a9"));
    CHECK(refusal(kind::ascii, std::string("caf\xc3\xa9")) == "the text is not ASCII");
    CHECK(refusal(kind::text, std::string("\xc3")) == "the text is not UTF-8");
    CHECK(written(kind::text, "literal") == to_hex(hex("6c69746572616c")));
}

TEST_CASE("apache/cassandra-gocql-driver#1367 #1694: wrong widths, times outside the day and mixed durations do not decode") {
    CHECK(!decodes<std::int32_t>(kind::int_, "000000"));
    CHECK(!decodes<inet_address>(kind::inet, "0102030405"));
    CHECK(!decodes<cocql::time>(kind::time, "00004e94914f0000"));
    CHECK(!decodes<duration>(kind::duration, "020106"));
    CHECK(!decodes<duration>(kind::duration, "f3ffffffff 00 00"));
    CHECK(!decodes<user_id>(kind::bigint, "ffffffffffffffff"));
    CHECK(refusal(kind::time, cocql::time{-1}).find("24 hours") != std::string::npos);
    CHECK(refusal(kind::duration, duration{1, -1, 0}).find("one sign") != std::string::npos);
    CHECK(refusal(kind::timeuuid, *uuid::parse("d83dff19-8b75-4a2b-96fa-bb0aba4878a8"))
              .find("version 1") != std::string::npos);
}

TEST_CASE("The greatest timeuuid of a millisecond can be bound") {
    const timestamp when{1356998700000};
    CHECK(written(kind::timeuuid, uuid::max_timeuuid(when)) == "e23f450f53a611e27f7f7f7f7f7f7f7f");
    CHECK(written(kind::timeuuid, uuid::min_timeuuid(when)) == "e23f1e0053a611e28080808080808080");
    CHECK(written(kind::timeuuid, value(uuid::max_timeuuid(when))) ==
          "e23f450f53a611e27f7f7f7f7f7f7f7f");
}

TEST_CASE("std::chrono stands for date, time and timestamp") {
    using namespace std::chrono;
    check_both_ways<sys_days>(kind::date, sys_days(days(1)), "80000001");
    check_both_ways<sys_days>(kind::date, sys_days(days(std::numeric_limits<int>::min())),
                              "00000000");
    check_both_ways<year_month_day>(kind::date, 2026y / November / 24, "8000512d");
    check_both_ways<nanoseconds>(kind::time, hours(1), "0000034630b8a000");
    check_both_ways<sys_time<milliseconds>>(
        kind::timestamp, sys_time<milliseconds>(milliseconds(5)), "0000000000000005");
    CHECK(written(kind::timestamp, sys_time<nanoseconds>(nanoseconds(-1))) == "ffffffffffffffff");
    CHECK(!decodes<sys_time<nanoseconds>>(kind::timestamp, "7fffffffffffffff"));
    CHECK(!decodes<year_month_day>(kind::date, "00000000"));
    CHECK(refusal(kind::date, 2026y / February / 30).find("calendar") != std::string::npos);
}

TEST_CASE("Null and values of no bytes are empty optionals") {
    std::optional<std::int32_t> number = 5;
    CHECK((detail::decode_cell(kind::int_, nullptr, -1, number) && !number));
    number = 5;
    CHECK((detail::decode_cell(kind::int_, nullptr, 0, number) && !number));
    std::int32_t plain = 0;
    CHECK(!detail::decode_cell(kind::int_, nullptr, -1, plain));
    CHECK(!detail::decode_cell(kind::int_, nullptr, 0, plain));
    std::optional<std::string> text;
    CHECK((detail::decode_cell(kind::text, nullptr, 0, text) && text == ""));
    byte_sink out;
    detail::encode_marker(kind::int_, std::optional<std::int32_t>(), out);
    detail::encode_marker(kind::int_, unset, out);
    detail::encode_marker(kind::int_, null, out);
    detail::encode_marker(kind::int_, std::nullopt, out);
    detail::encode_marker(kind::int_, value(value::unset()), out);
    CHECK(to_hex(out.bytes()) == "fffffffffffffffeffffffffffffffff"
                                 "fffffffe");
    CHECK(out.has_unset());
}

TEST_CASE("Collections of any container") {
    const auto list = data_type::list(kind::int_);
    const auto set = data_type::set(kind::text);
    const auto map = data_type::map(kind::text, data_type::list(kind::int_));
    const auto* two = "00000002 00000004 00000001 00000004 00000002";
    check_both_ways<std::vector<std::int32_t>>(list, {1, 2}, two);
    check_both_ways<std::deque<std::int32_t>>(list, {1, 2}, two);
    check_both_ways<std::list<std::int64_t>>(data_type::list(kind::bigint), {1},
                                             "00000001 00000008 0000000000000001");
    check_both_ways<std::set<std::int32_t>>(data_type::set(kind::int_), {1, 2}, two);
    check_both_ways<std::vector<bool>>(data_type::list(kind::boolean), {true},
                                       "00000001 00000001 01");
    check_both_ways<std::unordered_set<std::string>>(set, {"a"}, "00000001 00000001 61");
    check_both_ways<std::vector<std::string_view>>(set, {}, "00000000");
    const auto* entry = "00000001 00000001 61 0000000c 00000001 00000004 00000007";
    check_both_ways<std::map<std::string, std::vector<std::int32_t>>>(map, {{"a", {7}}}, entry);
    check_both_ways<std::unordered_map<std::string, std::vector<std::int32_t>>>(map, {{"a", {7}}},
                                                                                entry);
    check_both_ways<std::vector<std::pair<std::string, std::vector<std::int32_t>>>>(
        map, {{"a", {7}}}, entry);
    CHECK(refusal(list, std::vector<std::optional<std::int32_t>>(1)) ==
          "a collection cannot hold null");
    CHECK(!codec<std::vector<std::string>>::reads(list));
    CHECK(!codec<std::map<std::string, std::string>>::reads(map));
}

TEST_CASE("scylladb/scylla-rust-driver#1924: a collection's count and lengths buy no memory that the bytes do not cover") {
    const auto list = data_type::list(kind::int_);
    CHECK(!decodes<std::vector<std::int32_t>>(list, "7fffffff 00000004 00000001"));
    CHECK(!decodes<std::vector<std::int32_t>>(list, "ffffffff"));
    CHECK(!decodes<std::vector<std::int32_t>>(list, "00000001 7fffffff 00000001"));
    CHECK(!decodes<std::vector<std::int32_t>>(list, "00000001 fffffffe"));
    CHECK(!decodes<std::vector<std::int32_t>>(list, "00000000 00"));
    CHECK(!decodes<std::vector<std::int32_t>>(list, "00000001 ffffffff"));
    CHECK(decodes<std::vector<std::optional<std::int32_t>>>(list, "00000001 ffffffff"));
}

TEST_CASE("In a list of times to live those are null whose cells live for ever") {
    const auto list = data_type::list(kind::int_);
    std::vector<std::optional<std::int32_t>> seconds;
    CHECK(reads_back(list, hex("00000003 00000004 0000012c ffffffff 00000004 0000012b"), seconds));
    CHECK(seconds == std::vector<std::optional<std::int32_t>>{300, std::nullopt, 299});
    std::vector<std::int32_t> plain;
    CHECK(!reads_back(list, hex("00000003 00000004 0000012c ffffffff 00000004 0000012b"), plain));
}

TEST_CASE("Tuples and pairs, and tuples that ended before their type") {
    const auto type = data_type::tuple({kind::int_, kind::text});
    using optional_tuple = std::tuple<std::optional<std::int32_t>, std::optional<std::string_view>>;
    check_both_ways<std::tuple<std::int32_t, std::string>>(type, {1, "a"},
                                                           "00000004 00000001 00000001 61");
    check_both_ways<std::pair<std::int32_t, std::string>>(type, {1, "a"},
                                                          "00000004 00000001 00000001 61");
    CHECK(written(type, optional_tuple(1, std::nullopt)) == "0000000400000001ffffffff");
    optional_tuple shorter;
    CHECK(reads_back(type, hex("00000004 00000001"), shorter));
    CHECK(shorter == optional_tuple(1, std::nullopt));
    CHECK(!codec<std::tuple<std::int32_t>>::reads(type));
}

TEST_CASE("A described struct is a user-defined type, by the names of its fields") {
    const auto type = address_type();
    check_both_ways<address>(type, {"Elm", 7}, "00000004 00000007 00000003 456c6d");
    CHECK(written(type, address{"Elm", std::nullopt}) == "ffffffff00000003456c6d");
    const auto grown = data_type::udt("ks", "address", {"street", "code", "city"},
                                      {kind::text, kind::int_, kind::text});
    address back;
    CHECK(reads_back(grown, hex("00000003 456c6d 00000004 00000007 00000001 61"), back));
    CHECK(back == address{"Elm", 7});
    CHECK(written(grown, back) == "00000003456c6d0000000400000007ffffffff");
    CHECK(!codec<address>::reads(data_type::udt("ks", "a", {"street"}, {kind::text})));
    CHECK(!codec<address>::reads(
        data_type::udt("ks", "a", {"street", "code"}, {kind::text, kind::text})));
    const auto nested = data_type::map(kind::text, data_type::list(type));
    check_both_ways<std::map<std::string, std::vector<address>>>(
        nested, {{"a", {{"b", 1}}}},
        "00000001 00000001 61 00000015 00000001 0000000d 00000004 00000001 00000001 62");
}

TEST_CASE("Vectors of elements with and without a width") {
    const auto floats = data_type::vector(kind::float_, 2);
    using two_floats = std::array<float, 2>;
    check_both_ways<two_floats>(floats, {1.5f, -0.0f}, "3fc00000 80000000");
    check_both_ways<std::vector<float>>(floats, {1.5f, 2.0f}, "3fc00000 40000000");
    const auto texts = data_type::vector(kind::text, 2);
    check_both_ways<std::vector<std::string>>(texts, {"a", ""}, "01 61 00");
    check_both_ways<std::array<std::string, 2>>(texts, {"a", "bc"}, "01 61 02 6263");
    CHECK(!codec<std::array<float, 3>>::reads(floats));
    CHECK(!codec<std::vector<double>>::reads(floats) == false); // floats widen
    CHECK(refusal(floats, std::vector<float>{1.0f}) == "the vector has 1 elements, not 2");
    const auto long_text = std::string(300, 'x');
    CHECK(written(data_type::vector(kind::text, 1), std::vector<std::string>{long_text})
              .starts_with("812c7878"));
}

TEST_CASE("scylladb/gocql#1091 #1093 #1094: a vector's dimension is checked against its bytes") {
    const auto huge = data_type::vector(data_type::vector(kind::bigint, 0x7fffffff), 0x7fffffff);
    CHECK(!decodes<std::vector<std::vector<std::int64_t>>>(huge, "0000000000000001"));
    const auto wide = data_type::vector(kind::text, 0x7fffffff);
    CHECK(!decodes<std::vector<std::string>>(wide, "01 61"));
    CHECK(!decodes<std::vector<std::string>>(data_type::vector(kind::text, 1),
                                             "ff ffffffffffffffff 61"));
    value any;
    CHECK(!codec<value>::decode(huge, hex("0000000000000001"), any));
    CHECK(!codec<value>::decode(wide, hex("01 61"), any));
}
