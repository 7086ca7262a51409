#include <cocql/data_type.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>

using namespace cocql;
using kind = data_type::kind;

TEST_CASE("Types are spelled as CQL spells them") {
    struct {
        data_type type;
        const char* text;
    } const cases[] = {
        {kind::ascii, "ascii"},
        {kind::bigint, "bigint"},
        {kind::blob, "blob"},
        {kind::boolean, "boolean"},
        {kind::counter, "counter"},
        {kind::decimal, "decimal"},
        {kind::double_, "double"},
        {kind::float_, "float"},
        {kind::int_, "int"},
        {kind::timestamp, "timestamp"},
        {kind::uuid, "uuid"},
        {kind::text, "text"},
        {kind::varint, "varint"},
        {kind::timeuuid, "timeuuid"},
        {kind::inet, "inet"},
        {kind::date, "date"},
        {kind::time, "time"},
        {kind::smallint, "smallint"},
        {kind::tinyint, "tinyint"},
        {kind::duration, "duration"},
        {data_type::list(kind::int_), "list<int>"},
        {data_type::set(kind::uuid), "set<uuid>"},
        {data_type::map(kind::text, data_type::list(kind::int_)), "map<text, list<int>>"},
        {data_type::tuple({kind::int_, kind::text}), "tuple<int, text>"},
        {data_type::udt("ks", "address", {"street"}, {kind::text}), "ks.address"},
        {data_type::custom("org.example.Type"), "'org.example.Type'"},
    };
    for (const auto& each : cases)
        CHECK(each.type.to_string() == each.text);
}

TEST_CASE("Types are equal when their whole trees are") {
    const auto one = data_type::map(kind::text, data_type::list(kind::int_));
    CHECK(one == data_type::map(kind::text, data_type::list(kind::int_)));
    CHECK(one != data_type::map(kind::text, data_type::list(kind::bigint)));
    CHECK(one != data_type::map(kind::text, data_type::set(kind::int_)));
    CHECK(data_type::udt("a", "t", {"f"}, {kind::int_}) !=
          data_type::udt("a", "t", {"g"}, {kind::int_}));
    CHECK(data_type(kind::int_) == kind::int_);
}

TEST_CASE("A type's parts can be asked for, and are empty where there are none") {
    const auto address =
        data_type::udt("ks", "address", {"street", "code"}, {kind::text, kind::int_});
    CHECK(address.which() == kind::udt);
    CHECK(address.keyspace() == "ks");
    CHECK(address.name() == "address");
    CHECK(address.field_names().size() == 2);
    CHECK(address.parameters()[1] == kind::int_);
    const data_type plain = kind::int_;
    CHECK(plain.parameters().empty());
    CHECK(plain.name().empty());
    CHECK(plain.keyspace().empty());
    CHECK(plain.field_names().empty());
}

TEST_CASE("Cassandra's class for durations is the type duration") {
    CHECK(data_type::custom("org.apache.cassandra.db.marshal.DurationType") == kind::duration);
    CHECK(data_type::custom("org.apache.cassandra.db.marshal.VectorType(x, 3)").which() ==
          kind::custom);
}

TEST_CASE("A type knows how many there are in it, those of shared ones each time") {
    CHECK(data_type(kind::int_).type_count() == 1);
    CHECK(data_type::map(kind::int_, data_type::tuple({kind::text, kind::text})).type_count() == 5);
    data_type doubled = kind::int_;
    for (int i = 1; i <= 20; ++i) {
        doubled = data_type::map(doubled, doubled);
        CHECK(doubled.type_count() == (std::size_t{2} << i) - 1);
    }
    for (int i = 0; i < 100; ++i)
        doubled = data_type::map(doubled, doubled); // which does not wrap around
    CHECK(doubled.type_count() == std::numeric_limits<std::size_t>::max());
}
