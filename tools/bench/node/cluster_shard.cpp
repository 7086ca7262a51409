#include "cluster_shard.hpp"

#include "canned_cluster.hpp"
#include "core/wire/frame_header.hpp"

#include <cocql/column.hpp>
#include <cocql/data_type.hpp>
#include <cocql/value.hpp>

#include <charconv>
#include <string>
#include <utility>

namespace cocql::bench {

namespace {

std::vector<column> columns_of_connections() {
    return {{"bench", "cluster", "connections", data_type::kind::int_}};
}

message::response response_of(const testing::node_reply& reply) {
    wire::frame_header header;
    header.version = 4 | wire::frame_header::direction_bit;
    header.flags = reply.flags;
    header.opcode = reply.opcode;
    header.length = static_cast<std::uint32_t>(reply.body.size());
    return message::decode_response(header, reply.body).value().message;
}

} // namespace

std::optional<std::size_t> cluster_shard::wanted_by(std::string_view cql) {
    constexpr std::string_view condition = " WHERE connections >= ";
    if (!cql.starts_with(connections_cql))
        return std::nullopt;
    auto rest = cql.substr(connections_cql.size());
    std::size_t wanted = 0;
    if (!rest.starts_with(condition))
        return std::nullopt;
    rest.remove_prefix(condition.size());
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), wanted);
    return read.ec == std::errc() ? std::optional(wanted) : std::nullopt;
}

bool cluster_shard::is_due(std::string_view cql) const {
    const auto wanted = wanted_by(cql);
    return !wanted || cluster_.started() >= *wanted;
}

wire::string_multimap cluster_shard::offers() const {
    const auto& ports = cluster_.ports_of(here_.node);
    wire::string_multimap said{
        {"CQL_VERSION", {"3.3.1"}},
        {"COMPRESSION", {}},
        {"SCYLLA_SHARD", {std::to_string(here_.shard)}},
        {"SCYLLA_NR_SHARDS", {std::to_string(cluster_.ring().shards())}},
        {"SCYLLA_PARTITIONER", {"org.apache.cassandra.dht.Murmur3Partitioner"}},
        {"SCYLLA_SHARDING_ALGORITHM", {"biased-token-round-robin"}},
        {"SCYLLA_SHARDING_IGNORE_MSB", {std::to_string(shard_ring::ignored_bits)}},
        {"SCYLLA_SHARD_AWARE_PORT", {std::to_string(ports.plain)}}};
    if (ports.tls != 0)
        said["SCYLLA_SHARD_AWARE_PORT_SSL"] = {std::to_string(ports.tls)};
    return said;
}

message::response cluster_shard::answer(std::string_view cql,
                                        const std::vector<message::bound_value>& values) {
    if (cql.starts_with(connections_cql)) {
        if (wanted_by(cql))
            cluster_.note_gathering();
        const auto connections = static_cast<int>(cluster_.connections());
        last_ = testing::rows_of(columns_of_connections(), {{value(connections)}});
        return response_of(last_);
    }
    testing::node_request asked;
    asked.cql = cql;
    for (const auto& each : values) {
        auto& bound = asked.values.emplace_back();
        if (!each.is_null() && !each.is_unset())
            bound.emplace(each.bytes().begin(), each.bytes().end());
    }
    auto reply = cluster_.tables_of(here_.node).answer(asked);
    if (!reply)
        return message::void_result();
    last_ = std::move(*reply);
    return response_of(last_);
}

message::prepared_result cluster_shard::describe(std::string_view cql) {
    const std::string text(cql);
    const auto& tables = cluster_.tables_of(here_.node);
    message::prepared_result made;
    made.parameters = tables.markers_of(text);
    made.result.columns =
        cql.starts_with(connections_cql) ? columns_of_connections() : tables.columns_of(text);
    made.result.column_count = made.result.columns.size();
    return made;
}

} // namespace cocql::bench
