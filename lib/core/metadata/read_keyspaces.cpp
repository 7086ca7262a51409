#include "core/metadata/read_keyspaces.hpp"

#include "core/metadata/table_row.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace cocql::metadata {

namespace {

bool is_same_word(std::string_view text, std::string_view word) {
    return std::ranges::equal(text, word, [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    });
}

/// The keyspace that a row is about; null where it is not known.
keyspace* keyspace_of(const table_row& row, keyspaces& known) {
    const auto name = row.get<std::string_view>("keyspace_name");
    const auto found = name ? known.find(*name) : known.end();
    return found != known.end() ? &found->second : nullptr;
}

} // namespace

void add_keyspaces(const table_pages& rows, keyspaces& known) {
    for_each_row(rows, [&](const table_row& row) {
        const auto name = row.get<std::string>("keyspace_name");
        if (!name)
            return;
        auto how = row.get<std::map<std::string, std::string>>("replication");
        auto& made = known[*name];
        made.durable_writes = row.get<bool>("durable_writes").value_or(true);
        made.replication = how ? routing::replication::of(*how) : routing::replication();
        if (how)
            made.replication_options = std::move(*how);
    });
}

void add_scylla_keyspaces(const table_pages& rows, keyspaces& known) {
    for_each_row(rows, [&](const table_row& row) {
        auto* const which = keyspace_of(row, known);
        if (which == nullptr)
            return;
        // 0, too: as many as the server likes.
        which->has_tablets = row.get<std::int32_t>("initial_tablets").has_value();
        const auto consistency = row.get<std::string_view>("consistency");
        which->has_leaders = consistency && is_same_word(*consistency, "global");
    });
}

void add_scylla_tables(const table_pages& rows, keyspaces& known) {
    for_each_row(rows, [&](const table_row& row) {
        auto* const which = keyspace_of(row, known);
        const auto table = row.get<std::string>("table_name");
        const auto partitioner = row.get<std::string_view>("partitioner");
        if (which != nullptr && table && partitioner)
            which->partitioners[*table] = routing::partitioner_of(*partitioner);
    });
}

} // namespace cocql::metadata
