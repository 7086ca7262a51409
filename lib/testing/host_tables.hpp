#pragma once

#include <cocql/data_type.hpp>
#include <cocql/inet_address.hpp>
#include <cocql/testing/id_of.hpp>
#include <cocql/testing/system_table.hpp>
#include <cocql/value.hpp>

#include <string>
#include <vector>

/// The tables of a server's own that say what nodes there are and where tablets are.
namespace cocql::testing {

inline data_type set_of_texts() {
    return data_type::set(data_type::kind::text);
}

/// As Cassandra 5.0 and ScyllaDB 2026 have them, as far as is read.
inline system_table local_table() {
    using enum data_type::kind;
    return system_table("local", {{"key", text},
                                  {"broadcast_address", inet},
                                  {"cluster_name", text},
                                  {"data_center", text},
                                  {"host_id", uuid},
                                  {"partitioner", text},
                                  {"rack", text},
                                  {"release_version", text},
                                  {"rpc_address", inet},
                                  {"rpc_port", int_},
                                  {"schema_version", uuid},
                                  {"tokens", set_of_texts()}});
}
inline system_table peers_table() {
    using enum data_type::kind;
    return system_table("peers", {{"peer", inet},
                                  {"data_center", text},
                                  {"host_id", uuid},
                                  {"preferred_ip", inet},
                                  {"rack", text},
                                  {"release_version", text},
                                  {"rpc_address", inet},
                                  {"schema_version", uuid},
                                  {"tokens", set_of_texts()}});
}
inline system_table peers_v2_table() {
    using enum data_type::kind;
    return system_table("peers_v2", {{"peer", inet},
                                     {"peer_port", int_},
                                     {"data_center", text},
                                     {"host_id", uuid},
                                     {"native_address", inet},
                                     {"native_port", int_},
                                     {"preferred_ip", inet},
                                     {"preferred_port", int_},
                                     {"rack", text},
                                     {"release_version", text},
                                     {"schema_version", uuid},
                                     {"tokens", set_of_texts()}});
}
inline data_type list_of_replicas() {
    return data_type::list(data_type::tuple({data_type::kind::uuid, data_type::kind::int_}));
}
/// Of ScyllaDB only.
inline system_table tablets_table() {
    using enum data_type::kind;
    return system_table("tablets", {{"table_id", uuid},
                                    {"last_token", bigint},
                                    {"base_table", uuid},
                                    {"keyspace_name", text},
                                    {"replicas", list_of_replicas()},
                                    {"table_name", text},
                                    {"tablet_count", int_}});
}

inline inet_address address_of(const std::string& text) {
    return inet_address::parse(text).value();
}
inline value tokens_of(const std::vector<std::string>& texts) {
    value::sequence all;
    for (const auto& text : texts)
        all.emplace_back(text);
    return all;
}

} // namespace cocql::testing
