#include "core/value/class_name.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace cocql;
using kind = data_type::kind;
using values::class_name;
using values::parse_class_name;

namespace {

const std::string package = "org.apache.cassandra.db.marshal.";

} // namespace

TEST_CASE("Cassandra's spelling of a vector is read") {
    CHECK(parse_class_name(package + "VectorType(" + package + "FloatType , 3)") ==
          data_type::vector(kind::float_, 3));
    CHECK(data_type::custom(package + "VectorType(" + package + "FloatType , 3)").to_string() ==
          "vector<float, 3>");
}

TEST_CASE("Every type is spelled and read back") {
    const data_type types[] = {
        kind::ascii,
        kind::timestamp,
        kind::uuid,
        kind::duration,
        data_type::list(kind::int_),
        data_type::set(data_type::map(kind::text, kind::smallint)),
        data_type::tuple({kind::int_, data_type::list(kind::blob)}),
        data_type::udt("ks", "address", {"street", "code"}, {kind::text, kind::int_}),
        data_type::vector(data_type::vector(kind::text, 2), 7),
    };
    for (const auto& type : types) {
        INFO(class_name(type));
        CHECK(parse_class_name(class_name(type)) == type);
    }
    CHECK(parse_class_name(package + "FrozenType(" + package + "ReversedType(LongType))") ==
          data_type(kind::bigint));
    CHECK(parse_class_name("DateType") == data_type(kind::timestamp));
    CHECK(parse_class_name("org.example.Type") == std::nullopt);
    CHECK(data_type::custom("org.example.Type").which() == kind::custom);
}

TEST_CASE("No part of a spelling is a type, and no bad one") {
    const auto whole = class_name(
        data_type::map(data_type::udt("k", "n", {"f"}, {kind::text}),
                       data_type::vector(data_type::tuple({kind::int_, kind::int_}), 12)));
    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK(parse_class_name(whole.substr(0, length)) == std::nullopt);
    for (const auto* bad : {"VectorType",
                            "VectorType()",
                            "VectorType(FloatType)",
                            "VectorType(FloatType,0)",
                            "VectorType(FloatType,-1)",
                            "VectorType(FloatType,2147483648)",
                            "VectorType(FloatType,2305843009213693953)",
                            "VectorType(FloatType,3x)",
                            "VectorType(,3)",
                            "ListType(Int32Type",
                            "ListType(Int32Type))",
                            "MapType(Int32Type)",
                            "UserType(ks,6z,66:Int32Type)",
                            "UserType(ks,6,66:Int32Type)",
                            "UserType(ks)",
                            "TupleType()",
                            "",
                            "(",
                            ")",
                            ","}) {
        INFO(std::string(bad));
        CHECK(parse_class_name(bad) == std::nullopt);
    }
}

TEST_CASE("Nesting has a depth that is too deep") {
    std::string deep;
    for (int i = 0; i < 10'000; ++i)
        deep += "ListType(";
    CHECK(parse_class_name(deep + "Int32Type" + std::string(10'000, ')')) == std::nullopt);
    std::string bearable = "Int32Type";
    for (int i = 0; i < 60; ++i)
        bearable = "ListType(" + bearable + ")";
    CHECK(parse_class_name(bearable).has_value());
}
