#include "../bytes.hpp"

#include <cocql/bound_statement.hpp>

#include <boost/describe/class.hpp>
#include <doctest/doctest.h>

using namespace cocql;
using kind = data_type::kind;
using tests::hex;
using tests::to_hex;

namespace {

struct person {
    std::int32_t id = 0;
    std::string name;
    std::optional<std::string> unused;
};
BOOST_DESCRIBE_STRUCT(person, (), (id, name, unused))

prepared_statement prepared(std::vector<column> parameters) {
    prepared_statement::parts parts;
    parts.cql = "INSERT INTO ks.people (id, name) VALUES (?, ?)";
    parts.parameters = std::move(parameters);
    return prepared_statement(std::move(parts));
}

prepared_statement insert() {
    return prepared({{"ks", "people", "id", kind::int_}, {"ks", "people", "name", kind::text}});
}

constexpr const char* seven_ada = "00000004 00000007 00000003 416461";

template <class... Arguments>
std::string written(const prepared_statement& statement, const Arguments&... arguments) {
    const auto bound = statement.bind(arguments...);
    REQUIRE(bound.has_value());
    CHECK(bound->size() == statement.parameters().size());
    return to_hex(bound->bytes());
}

template <class... Arguments>
std::string refusal(const prepared_statement& statement, const Arguments&... arguments) {
    const auto bound = statement.bind(arguments...);
    REQUIRE(!bound.has_value());
    CHECK(bound.error().outcome() == request_outcome::not_sent);
    return std::string(bound.error().message());
}

} // namespace

TEST_CASE("Arguments are bound by position, by name, and from a struct") {
    const auto expected = to_hex(hex(seven_ada));
    CHECK(written(insert(), 7, "Ada") == expected);
    CHECK(written(insert(), std::int64_t{7}, std::string_view("Ada")) == expected);
    CHECK(written(insert(), named("name", "Ada"), named("id", 7)) == expected);
    CHECK(written(insert(), fields_of(person{7, "Ada", {}})) == expected);
    CHECK(written(insert(), named("id", 7), fields_of(person{8, "Ada", {}})) == expected);
    CHECK(written(prepared({})).empty());
}

TEST_CASE("A name that stands for several markers is bound to all of them") {
    const auto twice = prepared({{"ks", "t", "id", kind::int_}, {"ks", "t", "id", kind::bigint}});
    CHECK(written(twice, named("id", 7)) ==
          to_hex(hex("00000004 00000007 00000008 0000000000000007")));
}

TEST_CASE("Null and unset are bound to a marker of any type") {
    CHECK(written(insert(), null, unset) == "fffffffffffffffe");
    CHECK(insert().bind(null, unset)->has_unset());
    CHECK(!insert().bind(null, "a")->has_unset());
    CHECK(written(insert(), std::optional<int>(), std::nullopt) == "ffffffffffffffff");
}

TEST_CASE("Values whose types are known only then are bound too") {
    const std::vector<value> values{7, "Ada"};
    const auto bound = bound_statement::of_values(insert(), values);
    REQUIRE(bound.has_value());
    CHECK(to_hex(bound->bytes()) == to_hex(hex(seven_ada)));
    CHECK(!bound_statement::of_values(insert(), std::span(values).first(1)).has_value());
    CHECK(!bound_statement::of_values(prepared_statement(), values).has_value());
    const std::vector<value> wrong{"Ada", 7};
    const auto refused = bound_statement::of_values(insert(), wrong);
    REQUIRE(!refused.has_value());
    CHECK(std::string(refused.error().message()).find("parameter 'id' (number 1)") !=
          std::string::npos);
}

TEST_CASE("Values whose types are known only then are checked as typed ones are") {
    const auto refuses = [](const prepared_statement& statement, const value& item) {
        const auto bound = bound_statement::of_values(statement, std::span(&item, 1));
        return !bound && bound.error().is(errc::invalid_argument) &&
               bound.error().outcome() == request_outcome::not_sent;
    };
    const auto text = prepared({{"ks", "t", "name", kind::text}});
    const auto time = prepared({{"ks", "t", "at", kind::timeuuid}});
    const auto number = prepared({{"ks", "t", "n", kind::bigint}});
    const auto list = prepared({{"ks", "t", "l", data_type::list(kind::ascii)}});
    CHECK(refuses(text, "\xff"));
    CHECK(refuses(time, *uuid::parse("d83dff19-8b75-4a2b-96fa-bb0aba4878a8")));
    CHECK(refuses(number, std::uint64_t{1} << 63));
    CHECK(refuses(list, value::sequence{"caf\xc3\xa9"}));
    CHECK(refuses(list, value::sequence{value()}));
    CHECK(refuses(list, value::sequence{value::unset()}));
    const value greatest = uuid::max_timeuuid({0});
    CHECK(bound_statement::of_values(time, std::span(&greatest, 1)).has_value());
}

TEST_CASE("A wrong number of arguments lists the markers") {
    CHECK(refusal(insert(), 7) == "1 values for 2 markers (id int, name text)");
    CHECK(refusal(prepared({}), 7) == "1 values for 0 markers (none)");
    CHECK(refusal(prepared_statement(), 7).find("assign what prepare() returned") !=
          std::string::npos);
}

TEST_CASE("An argument of a wrong type names the marker, both types, and what to use") {
    CHECK(refusal(insert(), "seven", "Ada") ==
          "parameter 'id' (number 1) of CQL type int cannot be bound from const char*; use "
          "std::int32_t");
    CHECK(refusal(insert(), 7, 8) == "parameter 'name' (number 2) of CQL type text cannot be bound "
                                     "from std::int32_t; use std::string or std::string_view");
    CHECK(refusal(insert(), 7.5, "Ada").find("from double") != std::string::npos);
}

TEST_CASE("A struct that lacks a field of its type is told the type's fields") {
    const auto type = data_type::udt("ks", "address", {"street", "code"}, {kind::text, kind::int_});
    CHECK(refusal(prepared({{"ks", "t", "home", type}}), person{7, "Ada", {}}) ==
          "parameter 'home' (number 1) of CQL type ks.address cannot be bound from a struct "
          "described "
          "with its fields; use a struct that describes its fields: street text, code int");
}

TEST_CASE("A value that does not fit its type says why, and shows no value") {
    const auto text = refusal(insert(), std::int64_t{1} << 40, "Ada");
    CHECK(text ==
          "parameter 'id' (number 1) of CQL type int: the integer is out of the range of the "
          "CQL type int");
    CHECK(refusal(insert(), 7, std::string("\xff")).find("not UTF-8") != std::string::npos);
}

TEST_CASE("Names that are missing or unknown are told") {
    CHECK(refusal(insert(), named("id", 7)) ==
          "parameter 'name' (number 2) of CQL type text was given no value; cocql::unset leaves it "
          "as it is");
    CHECK(refusal(insert(), named("id", 7), named("nam", "Ada")) ==
          "the statement has no parameter 'nam'; it has id int, name text");
}

TEST_CASE("A long statement leaves the sink's own room, and a moved one keeps its bytes") {
    const std::string text(100'000, 'x');
    auto bound = insert().bind(7, text);
    REQUIRE(bound.has_value());
    const auto before = to_hex(bound->bytes());
    const auto moved = std::move(*bound);
    CHECK(to_hex(moved.bytes()) == before);
    auto small = insert().bind(7, "Ada");
    const auto kept = std::move(*small);
    CHECK(to_hex(kept.bytes()) == to_hex(hex(seven_ada)));
}
