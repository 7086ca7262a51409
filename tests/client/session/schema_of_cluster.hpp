#pragma once

#include "cluster.hpp"
#include "testing/schema_tables.hpp"

#include <cocql/event.hpp>
#include <cocql/testing/cluster_tables.hpp>

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace cocql::tests {

/// The version of the schema that nodes begin with, and later ones.
inline uuid schema_version(int number) {
    auto version = uuid::parse("5e1f0b7c-0000-1000-8000-000000000000").value();
    version.bytes[15] = static_cast<std::byte>(number);
    return version;
}

/// Changes one cell of all rows of a system table; null: it has none.
inline void have_cell(testing::cluster_tables& tables, const std::string& of,
                      const std::string& column, const value& cell) {
    auto& table = tables.at(of);
    auto made = table.without_rows();
    for (const auto& row : table.rows()) {
        std::map<std::string, value> named;
        for (std::size_t i = 0; i < row.size(); ++i)
            if (!row[i].is_null())
                named.insert_or_assign(table.columns()[i].name, row[i]);
        named.insert_or_assign(column, cell);
        made.add(named);
    }
    table = std::move(made);
}
inline void have_version(session_cluster& cluster, int node, const value& version) {
    have_cell(cluster.tables_of(node), "system.local", "schema_version", version);
}

/// Of all its peers, as one of the nodes has them.
inline void have_cell_of_peers(session_cluster& cluster, int node, const std::string& column,
                               const value& cell) {
    for (const auto* const each : {"system.peers", "system.peers_v2"})
        have_cell(cluster.tables_of(node), each, column, cell);
}

/// A table app.NAME (k text PRIMARY KEY, v int), as one node has it.
inline void have_new_table(session_cluster& cluster, int node, const std::string& name,
                           int id = 77) {
    auto& tables = cluster.tables_of(node);
    const std::map<std::string, value> names{{"keyspace_name", "app"}, {"table_name", name}};
    auto table = names;
    table.emplace("id", testing::id_of(id));
    tables.at("system_schema.tables").add(table);
    for (auto column : {testing::row_of_column("app", name, "k", "partition_key", 0, "text"),
                        testing::row_of_column("app", name, "v", "regular", -1, "int")}) {
        if (cluster.like() == testing::manners::cassandra)
            column.erase("column_name_bytes");
        tables.at("system_schema.columns").add(column);
    }
}

/// Calls a function with what each node is asked of its schema's version, before it answers.
inline void on_version_asked(session_cluster& cluster, std::function<void(int node)> asked) {
    for (int i = 1; i <= cluster.size(); ++i) {
        const auto watch = [&](testing::node_options& options) {
            options.answer_request =
                [i, asked, before = options.answer_request](const testing::node_request& request) {
                    if (request.cql.starts_with("SELECT schema_version FROM system.local"))
                        asked(i);
                    return before(request);
                };
        };
        watch(cluster.node(i).options());
        if (static_cast<std::size_t>(i) <= cluster.by_source.size())
            watch(cluster.by_source[static_cast<std::size_t>(i - 1)]->options());
    }
}

/// Waits until it is so; ten seconds at most.
template <class Condition>
boost::asio::awaitable<void> come_true(session_cluster& cluster, Condition condition) {
    const auto so = [&condition]() -> boost::asio::awaitable<bool> { co_return condition(); };
    auto waiting = cluster.become(so);
    co_await std::move(waiting);
}

inline const schema_change made_table{"CREATED", "TABLE", "app", "made", {}};
inline constexpr const char* make_table_cql = "CREATE TABLE app.made (k text PRIMARY KEY, v int)";

} // namespace cocql::tests
