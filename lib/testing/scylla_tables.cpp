#include "testing/scylla_tables.hpp"

#include "testing/host_tables.hpp"
#include "testing/schema_tables.hpp"

namespace cocql::testing {

namespace {

using columns_and_types = std::vector<std::pair<std::string, data_type>>;

value one_to_one(const std::vector<std::pair<std::string, std::string>>& texts) {
    value::mapping all;
    for (const auto& [name, text] : texts)
        all.emplace_back(value(name), value(text));
    return all;
}

/// Of a table and of a view alike.
columns_and_types with_options_of_tables(columns_and_types columns) {
    using enum data_type::kind;
    const columns_and_types options{{"bloom_filter_fp_chance", double_},
                                    {"caching", map_of_texts()},
                                    {"comment", text},
                                    {"compaction", map_of_texts()},
                                    {"compression", map_of_texts()},
                                    {"crc_check_chance", double_},
                                    {"dclocal_read_repair_chance", double_},
                                    {"default_time_to_live", int_},
                                    {"extensions", data_type::map(text, blob)},
                                    {"gc_grace_seconds", int_},
                                    {"id", uuid},
                                    {"max_index_interval", int_},
                                    {"memtable_flush_period_in_ms", int_},
                                    {"min_index_interval", int_},
                                    {"read_repair_chance", double_},
                                    {"speculative_retry", text}};
    columns.insert(columns.end(), options.begin(), options.end());
    return columns;
}

} // namespace

system_table scylla_local_table() {
    using enum data_type::kind;
    return system_table("local", {{"key", text},
                                  {"bootstrapped", text},
                                  {"broadcast_address", inet},
                                  {"cluster_name", text},
                                  {"cql_version", text},
                                  {"data_center", text},
                                  {"gossip_generation", int_},
                                  {"host_id", uuid},
                                  {"listen_address", inet},
                                  {"native_protocol_version", text},
                                  {"partitioner", text},
                                  {"rack", text},
                                  {"release_version", text},
                                  {"rpc_address", inet},
                                  {"schema_version", uuid},
                                  {"supported_features", text},
                                  {"tokens", set_of_texts()},
                                  {"truncated_at", data_type::map(uuid, blob)}});
}

system_table scylla_peers_table() {
    using enum data_type::kind;
    return system_table("peers", {{"peer", inet},
                                  {"data_center", text},
                                  {"host_id", uuid},
                                  {"preferred_ip", inet},
                                  {"rack", text},
                                  {"release_version", text},
                                  {"rpc_address", inet},
                                  {"schema_version", uuid},
                                  {"supported_features", text},
                                  {"tokens", set_of_texts()}});
}

system_table scylla_schema_tables_table() {
    using enum data_type::kind;
    auto columns = with_options_of_tables({{"keyspace_name", text}, {"table_name", text}});
    columns.insert(columns.end(), {{"flags", set_of_texts()}});
    return system_table("tables", columns);
}

system_table scylla_schema_views_table() {
    using enum data_type::kind;
    return system_table("views", with_options_of_tables({{"keyspace_name", text},
                                                         {"view_name", text},
                                                         {"base_table_id", uuid},
                                                         {"base_table_name", text},
                                                         {"include_all_columns", boolean},
                                                         {"where_clause", text}}));
}

system_table scylla_schema_columns_table() {
    using enum data_type::kind;
    return system_table("columns", {{"keyspace_name", text},
                                    {"table_name", text},
                                    {"column_name", text},
                                    {"clustering_order", text},
                                    {"column_name_bytes", blob},
                                    {"kind", text},
                                    {"position", int_},
                                    {"type", text}});
}

system_table scylla_schema_scylla_tables_table() {
    using enum data_type::kind;
    return system_table("scylla_tables", {{"keyspace_name", text},
                                          {"table_name", text},
                                          {"cdc", map_of_texts()},
                                          {"in_memory", boolean},
                                          {"partitioner", text},
                                          {"paxos_grace_seconds", int_},
                                          {"per_partition_rate_limit", map_of_texts()},
                                          {"version", uuid}});
}

system_table scylla_tablets_table() {
    using enum data_type::kind;
    const auto scheduled =
        data_type::udt("system", "repair_scheduler_config",
                       {"auto_repair_enabled", "auto_repair_threshold"}, {boolean, bigint});
    const auto task = data_type::udt("system", "tablet_task_info",
                                     {"request_type", "tablet_task_id", "request_time", "sched_nr",
                                      "sched_time", "repair_hosts_filter", "repair_dcs_filter"},
                                     {text, uuid, timestamp, bigint, timestamp, text, text});
    return system_table("tablets", {{"table_id", uuid},
                                    {"last_token", bigint},
                                    {"base_table", uuid},
                                    {"keyspace_name", text},
                                    {"repair_scheduler_config", scheduled},
                                    {"resize_seq_number", bigint},
                                    {"resize_task_info", task},
                                    {"resize_type", text},
                                    {"table_name", text},
                                    {"tablet_count", int_},
                                    {"migration_task_info", task},
                                    {"new_replicas", list_of_replicas()},
                                    {"repair_incremental_mode", text},
                                    {"repair_task_info", task},
                                    {"repair_time", timestamp},
                                    {"replicas", list_of_replicas()},
                                    {"session", uuid},
                                    {"sstables_repaired_at", bigint},
                                    {"stage", text},
                                    {"transition", text}});
}

std::map<std::string, value> scylla_table_defaults() {
    return {{"bloom_filter_fp_chance", 0.01},
            {"caching", one_to_one({{"keys", "ALL"}, {"rows_per_partition", "ALL"}})},
            {"comment", ""},
            {"compaction", one_to_one({{"class", "IncrementalCompactionStrategy"}})},
            {"compression", one_to_one({{"sstable_compression",
                                         "org.apache.cassandra.io.compress.LZ4Compressor"}})},
            {"crc_check_chance", 1.0},
            {"dclocal_read_repair_chance", 0.0},
            {"default_time_to_live", 0},
            {"extensions", value::mapping()},
            {"flags", tokens_of({"compound"})},
            {"gc_grace_seconds", 864'000},
            {"max_index_interval", 2048},
            {"memtable_flush_period_in_ms", 0},
            {"min_index_interval", 128},
            {"read_repair_chance", 0.0},
            {"speculative_retry", "99.0PERCENTILE"}};
}

} // namespace cocql::testing
