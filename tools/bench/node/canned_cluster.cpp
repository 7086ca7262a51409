#include "canned_cluster.hpp"

#include "testing/schema_tables.hpp"
#include "testing/scylla_tables.hpp"

#include <cocql/testing/id_of.hpp>
#include <cocql/testing/node_options.hpp>
#include <cocql/value.hpp>

#include <map>

namespace cocql::bench {

canned_cluster::canned_cluster(std::uint8_t first, std::uint32_t nodes, std::uint32_t shards)
    : first_(first), ring_(nodes, shards), ports_(nodes) {
    for (std::uint32_t node = 0; node < nodes; ++node) {
        std::vector<canned_answers*> of_node;
        for (std::uint32_t shard = 0; shard < shards; ++shard) {
            auto& description = descriptions_.emplace_back(*this, place{node, shard});
            auto& counter = counters_.emplace_back(ring_, place{node, shard});
            of_node.push_back(&answers_.emplace_back(description, texts_, &counter));
        }
        nodes_.emplace_back(std::move(of_node));
        tables_.emplace_back(testing::manners::scylla);
    }
    know_all();
    have_table();
}

void canned_cluster::know_all() {
    const auto place_of = [this](int number) { return first_ + number - 1; };
    const auto tokens = [this](int number) {
        return ring_.tokens_of(static_cast<std::uint32_t>(number - 1));
    };
    const auto rack = [](int number) { return "rack" + std::to_string(number); };
    for (std::uint32_t node = 0; node < ring_.nodes(); ++node) {
        std::vector<int> others;
        for (std::uint32_t other = 0; other < ring_.nodes(); ++other)
            if (other != node)
                others.push_back(number_of(other));
        // ScyllaDB's tables know no ports.
        constexpr std::uint16_t unknown_port = 0;
        tables_[node].have_nodes(number_of(node), others, unknown_port, "bench", tokens, rack,
                                 place_of);
    }
}

void canned_cluster::have_table() {
    const value replication(value::mapping{
        {value("class"), value("org.apache.cassandra.locator.NetworkTopologyStrategy")},
        {value("dc1"), value("1")}});
    const std::map<std::string, value> names{{"keyspace_name", "bench"}, {"table_name", "point"}};
    auto table = testing::scylla_table_defaults();
    table.insert(names.begin(), names.end());
    table.emplace("id", testing::id_of(1));
    for (auto& each : tables_) {
        each.have_rows(
            "system_schema.keyspaces",
            {{{"keyspace_name", "bench"}, {"durable_writes", true}, {"replication", replication}}});
        each.have_rows("system_schema.tables", {table});
        each.have_rows(
            "system_schema.columns",
            {testing::row_of_column("bench", "point", "key", "partition_key", 0, "bigint"),
             testing::row_of_column("bench", "point", "value", "regular", -1, "text")});
        each.have_rows("system_schema.scylla_tables", {names});
    }
}

std::string canned_cluster::address_of(std::uint32_t node) const {
    return "127.0.0." + std::to_string(first_ + node);
}

std::size_t canned_cluster::connections() const {
    std::size_t sum = 0;
    for (const auto& each : nodes_)
        sum += each.open();
    return sum;
}

std::size_t canned_cluster::started() const {
    std::size_t sum = 0;
    for (const auto& each : nodes_)
        sum += each.started();
    return sum;
}

canned_cluster::counts canned_cluster::counted() const {
    counts all;
    for (const auto& each : nodes_) {
        all.accepted += each.accepted();
        all.full += each.full();
        all.resumed += each.resumed();
    }
    return all;
}

void canned_cluster::note_gathering() {
    gatherings_.push_back(counted());
}

std::string canned_cluster::report() const {
    std::uint64_t requests = 0;
    std::uint64_t of_other_nodes = 0;
    std::uint64_t of_other_shards = 0;
    std::string by_shard;
    std::string gathered;
    for (const auto& each : counters_) {
        requests += each.requests();
        of_other_nodes += each.of_other_nodes();
        of_other_shards += each.of_other_shards();
        by_shard += (by_shard.empty() ? "" : ", ") + std::to_string(each.requests());
    }
    counts before;
    for (const auto& each : gatherings_) {
        gathered += std::string(gathered.empty() ? "" : ", ") +
                    "{\"accepted\": " + std::to_string(each.accepted - before.accepted) +
                    ", \"full\": " + std::to_string(each.full - before.full) +
                    ", \"resumed\": " + std::to_string(each.resumed - before.resumed) + "}";
        before = each;
    }
    return "{\"requests\": " + std::to_string(requests) +
           ", \"of_other_nodes\": " + std::to_string(of_other_nodes) +
           ", \"of_other_shards\": " + std::to_string(of_other_shards) +
           ", \"connections\": " + std::to_string(counted().accepted) + ", \"by_shard\": [" +
           by_shard + "], \"gathered\": [" + gathered + "]}";
}

} // namespace cocql::bench
