#include "core/metadata/placement.hpp"
#include "core/metadata/read_functions.hpp"
#include "core/metadata/read_keyspaces.hpp"
#include "core/metadata/read_tables.hpp"
#include "core/metadata/read_user_types.hpp"
#include "core/metadata/schema_snapshot.hpp"
#include "input.hpp"
#include "testing/page_of_table.hpp"
#include "testing/schema_tables.hpp"

#include <cocql/testing/id_of.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace {

using namespace cocql;
using metadata::table_column;

void check(const metadata::table& table) {
    const auto count = [&](table_column::part of) {
        return static_cast<std::size_t>(std::ranges::count(table.columns, of, &table_column::of));
    };
    fuzz::require(count(table_column::part::partition_key) == table.partition_key_size,
                  "the columns of the partition key are counted");
    fuzz::require(count(table_column::part::clustering) == table.clustering_size,
                  "those of the clustering key are, too");
    fuzz::require(std::ranges::is_sorted(table.columns, {}, &table_column::of), "keys come first");
}

void add_user_types(const page& found, metadata::schema_snapshot& all) {
    auto types = metadata::read_user_types(found);
    std::size_t made = 0;
    for (const auto& [name, each] : types.keyspaces)
        made += each.size();
    fuzz::require(made + types.skipped.size() <= found.size(), "a row is one type at most");
    all.types = std::move(types.keyspaces);
}

/// A system table and who reads its rows.
struct reading {
    testing::system_table (*table)();
    void (*add)(const page& found, metadata::schema_snapshot& all);
};

constexpr reading readings[] = {
    {testing::keyspaces_table,
     [](const page& found, auto& all) { metadata::add_keyspaces(found, all.keyspaces); }},
    {testing::scylla_keyspaces_table,
     [](const page& found, auto& all) { metadata::add_scylla_keyspaces(found, all.keyspaces); }},
    {testing::scylla_tables_table,
     [](const page& found, auto& all) { metadata::add_scylla_tables(found, all.keyspaces); }},
    {testing::types_table, add_user_types},
    {testing::tables_table,
     [](const page& found, auto& all) { metadata::add_tables(found, all.tables); }},
    {testing::views_table,
     [](const page& found, auto& all) { metadata::add_views(found, all.tables); }},
    {testing::columns_table,
     [](const page& found, auto& all) { metadata::add_columns(found, all.types, all.tables); }},
    {testing::indexes_table,
     [](const page& found, auto& all) { metadata::add_indexes(found, all.tables); }},
    {testing::functions_table,
     [](const page& found, auto& all) {
         metadata::add_functions(found, all.types, all.functions);
     }},
    {testing::aggregates_table,
     [](const page& found, auto& all) {
         metadata::add_aggregates(found, all.types, all.aggregates);
     }},
};

} // namespace

/// Rows of the tables of system_schema, with any cells. The first byte says of which table, the
/// second how many.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto cells = fuzz::input(data, size);
    const auto& which = readings[fuzz::take_byte(cells) % std::size(readings)];
    const std::size_t rows = fuzz::take_byte(cells) % 16;
    metadata::schema_snapshot all;
    all.tables["ks"]["t"] = metadata::table();
    all.keyspaces["ks"].replication =
        routing::replication::of({{"class", "SimpleStrategy"}, {"replication_factor", "1"}});
    const auto columns = which.table().columns();
    if (const auto page = testing::try_page_of(columns, rows, cells))
        which.add(*page, all);
    for (const auto& [name, keyspace] : all.tables)
        for (const auto& [table, each] : keyspace)
            check(each);
    for (const auto& [name, keyspace] : all.functions)
        for (const auto& [signature, each] : keyspace)
            fuzz::require(each.argument_types.size() == signature.argument_types.size(),
                          "each argument has a type");
    fuzz::require(metadata::schema_differences(all, all).empty(), "nothing has changed");
    const auto less = metadata::schema_differences(all, {});
    const auto more = metadata::schema_differences({}, all);
    fuzz::require(less.size() == more.size(), "what is created is what is dropped");
    metadata::local_node local;
    local.self.id = testing::id_of(1);
    local.self.datacenter = "dc";
    local.self.tokens = {routing::token(0)};
    local.partitioner = "Murmur3Partitioner";
    const metadata::placement placed(std::make_shared<const metadata::topology_snapshot>(
                                         std::move(local), std::vector<metadata::host>()),
                                     all.keyspaces);
    for (const auto& [name, each] : all.keyspaces)
        if (const auto* const map = placed.replicas_of(name))
            fuzz::require(map->replicas_of(routing::token(1)).size() <= 1,
                          "one host is one replica at most");
    return 0;
}
