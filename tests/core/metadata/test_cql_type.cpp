#include "core/metadata/cql_type.hpp"
#include "core/metadata/read_user_types.hpp"
#include "testing/page_of_table.hpp"
#include "testing/schema_tables.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using namespace cocql::testing;
using kind = data_type::kind;
using metadata::parse_cql_type;
using metadata::user_types;

namespace {

const data_type address =
    data_type::udt("ks", "address", {"street", "code"}, {kind::text, kind::int_});
const user_types known{{"address", address}, {"Odd \"name\"", data_type(kind::int_)}};

data_type parsed(const std::string& text) {
    INFO(text);
    return parse_cql_type(text, known).value();
}

} // namespace

TEST_CASE("Types of the schema are read as the servers spell them") {
    CHECK(parsed("int") == data_type(kind::int_));
    CHECK(parsed("varchar") == data_type(kind::text));
    CHECK(parsed("list<text>") == data_type::list(kind::text));
    CHECK(parsed("frozen<set<timeuuid>>") == data_type::set(kind::timeuuid));
    CHECK(parsed("map<text, frozen<list<int>>>") ==
          data_type::map(kind::text, data_type::list(kind::int_)));
    CHECK(parsed("map<text,int>") == data_type::map(kind::text, kind::int_));
    CHECK(parsed("frozen<tuple<int, text, frozen<tuple<uuid>>>>") ==
          data_type::tuple({kind::int_, kind::text, data_type::tuple({kind::uuid})}));
    CHECK(parsed("vector<float, 3>") == data_type::vector(kind::float_, 3));
    CHECK(parsed("vector<frozen<list<int>>,1536>") ==
          data_type::vector(data_type::list(kind::int_), 1536));
    CHECK(parsed("frozen<address>") == address);
    CHECK(parsed("list<frozen<address>>") == data_type::list(address));
    CHECK(parsed("\"address\"") == address);
    CHECK(parsed("\"Odd \"\"name\"\"\"") == data_type(kind::int_));
    CHECK(parsed("'org.example.Own'") == data_type::custom("org.example.Own"));
    CHECK(parsed("'org.apache.cassandra.db.marshal.Int32Type'") == data_type(kind::int_));
}

TEST_CASE("Every simple type is read back from how it is written") {
    for (const auto which :
         {kind::ascii,   kind::bigint,  kind::blob,     kind::boolean,  kind::counter,
          kind::decimal, kind::double_, kind::float_,   kind::int_,     kind::timestamp,
          kind::uuid,    kind::text,    kind::varint,   kind::timeuuid, kind::inet,
          kind::date,    kind::time,    kind::smallint, kind::tinyint,  kind::duration}) {
        const data_type type(which);
        CHECK(parsed(type.to_string()) == type);
        const auto nested = data_type::map(type, data_type::tuple({type, data_type::set(type)}));
        CHECK(parsed(nested.to_string()) == nested);
    }
}

TEST_CASE("A type that is not known is named") {
    for (const auto* text : {"other", "frozen<other>", "map<int, frozen<other>>", "\"other\"",
                             "vector<other, 3>", "tuple<int, other, third>"}) {
        const auto read = parse_cql_type(text, known);
        REQUIRE(!read.has_value());
        CHECK(read.error().is(errc::not_found));
        CHECK(std::string(read.error().what()) == "the type other is not known");
    }
    CHECK(parse_cql_type("Address", known).error().is(errc::not_found));
}

TEST_CASE("What is no type is refused") {
    for (const std::string text : {"",
                                   " ",
                                   "<",
                                   ">",
                                   "int>",
                                   "int int",
                                   "list",
                                   "list<",
                                   "list<>",
                                   "list<int",
                                   "list<int,>",
                                   "list<int, int>",
                                   "set<int>>",
                                   "map<int>",
                                   "map<int, int, int>",
                                   "frozen<int, int>",
                                   "map<int int>",
                                   "tuple<>",
                                   "vector<float>",
                                   "vector<float, 0>",
                                   "vector<float, -1>",
                                   "vector<float, x>",
                                   "vector<float, 4294967296>",
                                   "vector<float, 3",
                                   "other<int>",
                                   "'",
                                   "''",
                                   "'open",
                                   "\"",
                                   "\"\"",
                                   "\"open",
                                   "list<'x>",
                                   "int;",
                                   "int\t"}) {
        INFO(text);
        const auto read = parse_cql_type(text, known);
        REQUIRE(!read.has_value());
        CHECK((read.error().is(errc::protocol_error) || text == "list"));
    }
}

TEST_CASE("A type is cut short at any byte and refused, or another one") {
    const std::string whole =
        "map<text, frozen<tuple<address, vector<float, 3>, 'org.example.Own'>>>";
    REQUIRE(parse_cql_type(whole, known).has_value());
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK(!parse_cql_type(std::string_view(whole).substr(0, size), known).has_value());
}

TEST_CASE("Types are read as deep as 64, and no deeper") {
    const auto nested = [](int depth) {
        std::string text;
        for (int i = 0; i < depth; ++i)
            text += "list<";
        return text + "int" + std::string(static_cast<std::size_t>(depth), '>');
    };
    CHECK(parse_cql_type(nested(64), known).has_value());
    CHECK(!parse_cql_type(nested(65), known).has_value());
    CHECK(!parse_cql_type(nested(100'000), known).has_value());
    CHECK(!parse_cql_type(std::string(1'000'000, '<'), known).has_value());
}

namespace {

value texts_of(const std::vector<std::string>& texts) {
    value::sequence all;
    for (const auto& each : texts)
        all.emplace_back(each);
    return all;
}

std::map<std::string, value> type_row(const std::string& keyspace, const std::string& name,
                                      const std::vector<std::string>& names,
                                      const std::vector<std::string>& types) {
    return {{"keyspace_name", keyspace},
            {"type_name", name},
            {"field_names", texts_of(names)},
            {"field_types", texts_of(types)}};
}

} // namespace

TEST_CASE("User-defined types are made of others, in whatever order these come") {
    auto table = types_table();
    table.add(type_row("ks", "a", {"x"}, {"frozen<b>"}));
    table.add(type_row("ks", "b", {"y", "z"}, {"list<frozen<c>>", "int"}));
    table.add(type_row("ks", "c", {"street", "code"}, {"text", "int"}));
    table.add(type_row("other", "b", {"x"}, {"int"}));
    const auto all = metadata::read_user_types(page_of_table(table));
    CHECK(all.skipped.empty());
    const auto c = data_type::udt("ks", "c", {"street", "code"}, {kind::text, kind::int_});
    const auto b = data_type::udt("ks", "b", {"y", "z"}, {data_type::list(c), kind::int_});
    CHECK(all.keyspaces.at("ks").at("a") == data_type::udt("ks", "a", {"x"}, {b}));
    CHECK(all.keyspaces.at("other").at("b") == data_type::udt("other", "b", {"x"}, {kind::int_}));
}

TEST_CASE("User-defined types that cannot be made are skipped, and named") {
    auto table = types_table();
    table.add(type_row("ks", "circle", {"x"}, {"frozen<circle>"}));
    table.add(type_row("ks", "one", {"x"}, {"frozen<two>"}));
    table.add(type_row("ks", "two", {"x"}, {"frozen<one>"}));
    table.add(type_row("ks", "lacks", {"x"}, {"nobody"}));
    table.add(type_row("ks", "uneven", {"x", "y"}, {"int"}));
    table.add(type_row("ks", "odd", {"x"}, {"int>"}));
    table.add(type_row("ks", "", {"x"}, {"int"}));
    table.add(type_row("ks", "good", {"x"}, {"int"}));
    table.add(type_row("other", "needs", {"x"}, {"good"})); // of another keyspace
    const auto all = metadata::read_user_types(page_of_table(table));
    CHECK(all.skipped == std::vector<std::string>{"ks.uneven", "ks.", "ks.circle", "ks.one",
                                                  "ks.two", "ks.lacks", "ks.odd", "other.needs"});
    CHECK(all.keyspaces.at("ks").size() == 1);
}

TEST_CASE("User-defined types are made of one another as deep as 64") {
    auto table = types_table();
    for (int i = 99; i > 0; --i)
        table.add(type_row("ks", "t" + std::to_string(i), {"x"},
                           {"frozen<t" + std::to_string(i - 1) + ">"}));
    table.add(type_row("ks", "t0", {"x"}, {"int"}));
    const auto all = metadata::read_user_types(page_of_table(table));
    CHECK(all.keyspaces.at("ks").size() == 64);
    CHECK(all.skipped.size() == 36);
}

TEST_CASE("User-defined types that double at each step are not gone through without end") {
    const auto read = [] {
        auto table = types_table();
        table.add(type_row("ks", "t0", {"x", "y"}, {"int", "int"}));
        for (int i = 1; i < 60; ++i) {
            const auto before = "frozen<t" + std::to_string(i - 1) + ">";
            table.add(type_row("ks", "t" + std::to_string(i), {"x", "y"}, {before, before}));
        }
        return metadata::read_user_types(page_of_table(table));
    };
    const auto one = read();
    const auto other = read();
    CHECK(one.keyspaces == other.keyspaces);
    // 3, 7, 15 and so on; the eleventh would be 4,095 and one more.
    CHECK(one.keyspaces.at("ks").size() == 11);
    CHECK(one.keyspaces.at("ks").at("t10").type_count() == 4095);
    CHECK(one.skipped.size() == 49);
    const auto& known = one.keyspaces.at("ks");
    CHECK(parse_cql_type("frozen<t10>", known).has_value());
    CHECK(!parse_cql_type("map<int, frozen<t10>>", known).has_value());
    CHECK(!parse_cql_type("tuple<t9, t9, t9>", known).has_value());
}

TEST_CASE("A type's text is not read beyond 4,096 types, however long it is") {
    const auto tuple_of = [](int fields) {
        std::string text = "tuple<int";
        for (int i = 1; i < fields; ++i)
            text += ",int";
        return text + ">";
    };
    CHECK(parse_cql_type(tuple_of(4095), known).has_value());
    CHECK(!parse_cql_type(tuple_of(4096), known).has_value());
    CHECK(!parse_cql_type(tuple_of(2'000'000), known).has_value());
}
