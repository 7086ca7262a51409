#pragma once

#include <cocql/testing/system_table.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <utility>

/// The tables of system_schema, as far as they are read.
namespace cocql::testing {

inline data_type map_of_texts() {
    return data_type::map(data_type::kind::text, data_type::kind::text);
}

inline system_table keyspaces_table() {
    using enum data_type::kind;
    return system_table(
        "keyspaces",
        {{"keyspace_name", text}, {"durable_writes", boolean}, {"replication", map_of_texts()}});
}
inline system_table scylla_keyspaces_table() {
    using enum data_type::kind;
    return system_table(
        "scylla_keyspaces",
        {{"keyspace_name", text}, {"initial_tablets", int_}, {"consistency", text}});
}
inline system_table scylla_tables_table() {
    using enum data_type::kind;
    return system_table("scylla_tables",
                        {{"keyspace_name", text}, {"table_name", text}, {"partitioner", text}});
}
inline system_table types_table() {
    using enum data_type::kind;
    return system_table("types", {{"keyspace_name", text},
                                  {"type_name", text},
                                  {"field_names", data_type::list(text)},
                                  {"field_types", data_type::list(text)}});
}
inline system_table tables_table() {
    using enum data_type::kind;
    return system_table("tables", {{"keyspace_name", text}, {"table_name", text}, {"id", uuid}});
}
inline system_table views_table() {
    using enum data_type::kind;
    return system_table(
        "views",
        {{"keyspace_name", text}, {"view_name", text}, {"base_table_name", text}, {"id", uuid}});
}
inline system_table columns_table() {
    using enum data_type::kind;
    return system_table("columns", {{"keyspace_name", text},
                                    {"table_name", text},
                                    {"column_name", text},
                                    {"clustering_order", text},
                                    {"kind", text},
                                    {"position", int_},
                                    {"type", text}});
}
/// A row of it; ScyllaDB has the name's bytes, too.
inline std::map<std::string, value> row_of_column(const std::string& keyspace,
                                                  const std::string& table, const std::string& name,
                                                  const std::string& kind, int position,
                                                  const std::string& type,
                                                  const std::string& order = "none") {
    value::blob bytes;
    for (const char each : name)
        bytes.push_back(static_cast<std::byte>(each));
    return {{"keyspace_name", keyspace}, {"table_name", table},
            {"column_name", name},       {"column_name_bytes", std::move(bytes)},
            {"clustering_order", order}, {"kind", kind},
            {"position", position},      {"type", type}};
}
inline system_table indexes_table() {
    using enum data_type::kind;
    return system_table("indexes", {{"keyspace_name", text},
                                    {"table_name", text},
                                    {"index_name", text},
                                    {"kind", text},
                                    {"options", map_of_texts()}});
}
inline system_table functions_table() {
    using enum data_type::kind;
    return system_table("functions", {{"keyspace_name", text},
                                      {"function_name", text},
                                      {"argument_types", data_type::list(text)},
                                      {"argument_names", data_type::list(text)},
                                      {"body", text},
                                      {"called_on_null_input", boolean},
                                      {"language", text},
                                      {"return_type", text}});
}
inline system_table aggregates_table() {
    using enum data_type::kind;
    return system_table("aggregates", {{"keyspace_name", text},
                                       {"aggregate_name", text},
                                       {"argument_types", data_type::list(text)},
                                       {"final_func", text},
                                       {"initcond", text},
                                       {"return_type", text},
                                       {"state_func", text},
                                       {"state_type", text}});
}

} // namespace cocql::testing
