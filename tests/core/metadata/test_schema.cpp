#include "core/metadata/read_tables.hpp"
#include "core/metadata/schema_snapshot.hpp"
#include "testing/page_of_table.hpp"
#include "testing/schema_tables.hpp"

#include <cocql/testing/id_of.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace cocql;
using namespace cocql::testing;
using metadata::schema_difference;
using metadata::schema_differences;
using metadata::schema_snapshot;
using metadata::table_column;

namespace {

std::map<std::string, value> column_row(const std::string& table, const std::string& name,
                                        const std::string& of, int position,
                                        const std::string& type,
                                        const std::string& order = "none") {
    return {
        {"keyspace_name", "ks"}, {"table_name", table}, {"column_name", name},      {"kind", of},
        {"position", position},  {"type", type},        {"clustering_order", order}};
}

const data_type point = data_type::udt("ks", "point", {"x"}, {data_type::kind::int_});

/// A table, a view of it and an index, as the servers' tables have them.
schema_snapshot whole_schema() {
    schema_snapshot all;
    all.keyspaces["ks"];
    all.types["ks"].emplace("point", point);
    metadata::add_tables(
        page_of_table(tables_table()
                          .add({{"keyspace_name", "ks"}, {"table_name", "t"}, {"id", id_of(1)}})
                          .add({{"keyspace_name", "ks"}})
                          .add({{"table_name", "lost"}})),
        all.tables);
    metadata::add_views(
        page_of_table(views_table()
                          .add({{"keyspace_name", "ks"},
                                {"view_name", "v"},
                                {"base_table_name", "t"},
                                {"id", id_of(2)}})
                          .add({{"keyspace_name", "ks"}, {"view_name", "of nothing"}})),
        all.tables);
    auto columns = columns_table();
    columns.add(column_row("t", "b", "partition_key", 1, "text"));
    columns.add(column_row("t", "z", "clustering", 0, "timeuuid", "desc"));
    columns.add(column_row("t", "value", "regular", -1, "frozen<point>"));
    columns.add(column_row("t", "a", "partition_key", 0, "int"));
    columns.add(column_row("t", "c", "clustering", 1, "int", "asc"));
    columns.add(column_row("t", "shared", "static", -1, "list<text>"));
    columns.add(column_row("t", "other", "regular", -1, "frozen<stranger>"));
    columns.add(column_row("v", "value", "partition_key", 0, "frozen<point>"));
    columns.add(column_row("dropped meanwhile", "x", "regular", -1, "int"));
    columns.add({{"keyspace_name", "ks"}, {"table_name", "t"}, {"kind", "regular"}});
    metadata::add_columns(page_of_table(columns), all.types, all.tables);
    value::mapping options;
    options.emplace_back("target", "value");
    metadata::add_indexes(page_of_table(indexes_table()
                                            .add({{"keyspace_name", "ks"},
                                                  {"table_name", "t"},
                                                  {"index_name", "i"},
                                                  {"kind", "COMPOSITES"},
                                                  {"options", options}})
                                            .add({{"keyspace_name", "ks"},
                                                  {"table_name", "dropped meanwhile"},
                                                  {"index_name", "j"}})),
                          all.tables);
    return all;
}

} // namespace

TEST_CASE("Tables have their columns in the order of their keys, then the others by name") {
    const auto all = whole_schema();
    REQUIRE(all.tables.size() == 1);
    REQUIRE(all.tables.at("ks").size() == 2);
    const auto& t = all.tables.at("ks").at("t");
    CHECK(t.id == id_of(1));
    CHECK(!t.is_view());
    std::vector<std::string> names;
    for (const auto& each : t.columns)
        names.push_back(each.name);
    CHECK(names == std::vector<std::string>{"a", "b", "z", "c", "shared", "other", "value"});
    CHECK(t.partition_key_size == 2);
    CHECK(t.clustering_size == 2);
    CHECK(t.columns[0].type == data_type(data_type::kind::int_));
    CHECK(t.columns[2].descending);
    CHECK(!t.columns[3].descending);
    CHECK(t.columns[4].of == table_column::part::static_);
    CHECK(t.columns[6].type == point);
    CHECK(t.columns[5].type == data_type::custom("frozen<stranger>"));
    REQUIRE(t.indexes.size() == 1);
    CHECK(t.indexes.at("i").kind == "COMPOSITES");
    CHECK(t.indexes.at("i").options.at("target") == "value");
    const auto& v = all.tables.at("ks").at("v");
    CHECK(v.is_view());
    CHECK(v.base_table == "t");
    CHECK(v.partition_key_size == 1);
}

TEST_CASE("The difference of two schemas is what was created, altered and dropped") {
    using enum schema_difference::thing;
    using enum schema_difference::kind;
    using differences = std::vector<schema_difference>;
    const auto before = whole_schema();
    CHECK(schema_differences(before, before).empty());
    auto after = before;
    after.tables["ks"]["t"].columns.pop_back();
    CHECK(schema_differences(before, after) == differences{{table, altered, "ks", "t"}});
    after.tables["ks"].erase("v");
    after.types["ks"].emplace("more", point);
    after.keyspaces["ks"].has_tablets = true;
    CHECK(schema_differences(before, after) == differences{{keyspace, altered, "ks", ""},
                                                           {type, created, "ks", "more"},
                                                           {table, altered, "ks", "t"},
                                                           {view, dropped, "ks", "v"}});
    CHECK(schema_differences(after, before) == differences{{keyspace, altered, "ks", ""},
                                                           {type, dropped, "ks", "more"},
                                                           {table, altered, "ks", "t"},
                                                           {view, created, "ks", "v"}});
    CHECK(schema_differences(before, schema_snapshot()) ==
          differences{{keyspace, dropped, "ks", ""},
                      {type, dropped, "ks", "point"},
                      {table, dropped, "ks", "t"},
                      {view, dropped, "ks", "v"}});
    CHECK(schema_differences(schema_snapshot(), before).size() == 4);
}

TEST_CASE("A type that was altered is told, and the tables that have it") {
    auto after = whole_schema();
    auto altered =
        data_type::udt("ks", "point", {"x", "y"}, {data_type::kind::int_, data_type::kind::int_});
    after.types["ks"].insert_or_assign("point", altered);
    for (auto& [name, each] : after.tables["ks"])
        for (auto& column : each.columns)
            if (column.type == point)
                column.type = altered;
    const auto all = schema_differences(whole_schema(), after);
    REQUIRE(all.size() == 3);
    CHECK(all[0].which == schema_difference::thing::type);
    CHECK(all[1].name == "t");
    CHECK(all[2].name == "v");
}

TEST_CASE("A schema of 2,000 tables is read, and in the order of its keys") {
    schema_snapshot all;
    auto tables = tables_table();
    auto columns = columns_table();
    for (int i = 0; i < 2'000; ++i) {
        const auto name = "table_" + std::to_string(i);
        tables.add({{"keyspace_name", "ks"}, {"table_name", name}, {"id", id_of(i % 200)}});
        for (int k = 9; k >= 0; --k)
            columns.add(column_row(name, "column_" + std::to_string(k),
                                   k < 2 ? "partition_key" : "regular", k < 2 ? k : -1,
                                   "frozen<map<text, list<int>>>"));
    }
    metadata::add_tables(page_of_table(tables), all.tables);
    metadata::add_columns(page_of_table(columns), all.types, all.tables);
    REQUIRE(all.tables.at("ks").size() == 2'000);
    const bool right = std::ranges::all_of(all.tables.at("ks"), [](const auto& each) {
        const auto& columns = each.second.columns;
        return columns.size() == 10 && each.second.partition_key_size == 2 &&
               std::ranges::is_sorted(columns, {}, &table_column::name);
    });
    CHECK(right);
}
