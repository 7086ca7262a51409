#include "core/metadata/read_tables.hpp"

#include "core/metadata/schema_row.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace cocql::metadata {

namespace {

using part = table_column::part;

/// The table that a row is about; null where it is not known.
table* table_of(const table_row& row, all_tables& known) {
    const auto keyspace = row.get<std::string_view>("keyspace_name");
    const auto name = row.get<std::string_view>("table_name");
    if (!keyspace || !name)
        return nullptr;
    const auto all = known.find(*keyspace);
    if (all == known.end())
        return nullptr;
    const auto found = all->second.find(*name);
    return found != all->second.end() ? &found->second : nullptr;
}

/// A new one under the name that is in this column; null where there is none.
table* new_table(const table_row& row, std::string_view name_column, all_tables& known) {
    const auto keyspace = row.get<std::string>("keyspace_name");
    const auto name = row.get<std::string>(name_column);
    if (!keyspace || !name)
        return nullptr;
    auto& made = known[*keyspace][*name];
    made = table();
    made.id = row.get<uuid>("id").value_or(uuid());
    return &made;
}

part part_named(std::string_view name) noexcept {
    if (name == "partition_key")
        return part::partition_key;
    if (name == "clustering")
        return part::clustering;
    return name == "static" ? part::static_ : part::regular;
}

/// A column and where its key has it, while a table's columns are put together.
struct placed_column {
    table* owner;
    std::int32_t position;
    table_column column;

    auto order() const { return std::tie(column.of, position, column.name); }
};

void put(placed_column& each) {
    auto& owner = *each.owner;
    owner.partition_key_size += each.column.of == part::partition_key ? 1u : 0u;
    owner.clustering_size += each.column.of == part::clustering ? 1u : 0u;
    owner.columns.push_back(std::move(each.column));
}

} // namespace

void add_tables(const table_pages& rows, all_tables& known) {
    for_each_row(rows, [&](const table_row& row) { new_table(row, "table_name", known); });
}

void add_views(const table_pages& rows, all_tables& known) {
    for_each_row(rows, [&](const table_row& row) {
        auto base = row.get<std::string>("base_table_name");
        if (!base || base->empty())
            return;
        if (auto* const made = new_table(row, "view_name", known))
            made->base_table = std::move(*base);
    });
}

void add_columns(const table_pages& rows, const keyspace_types& types, all_tables& known) {
    std::vector<placed_column> all;
    for_each_row(rows, [&](const table_row& row) {
        auto* const owner = table_of(row, known);
        auto name = row.get<std::string>("column_name");
        if (owner == nullptr || !name)
            return;
        const auto of = part_named(row.get<std::string_view>("kind").value_or(""));
        const bool is_key = of == part::partition_key || of == part::clustering;
        const auto order = row.get<std::string_view>("clustering_order").value_or("");
        all.push_back({owner,
                       is_key ? row.get<std::int32_t>("position").value_or(0) : 0,
                       {std::move(*name), schema_type(row, "type", types), of,
                        of == part::clustering && (order == "desc" || order == "DESC")}});
    });
    std::ranges::stable_sort(all, {}, &placed_column::order);
    for (auto& each : all)
        put(each);
}

void add_indexes(const table_pages& rows, all_tables& known) {
    for_each_row(rows, [&](const table_row& row) {
        auto* const owner = table_of(row, known);
        const auto name = row.get<std::string>("index_name");
        if (owner == nullptr || !name)
            return;
        using options = std::map<std::string, std::string>;
        owner->indexes[*name] = {row.get<std::string>("kind").value_or(""),
                                 row.get<options>("options").value_or(options())};
    });
}

} // namespace cocql::metadata
