#include "testing/scripted_cluster.hpp"

#include "core/routing/partitioner.hpp"

#include <boost/system/system_error.hpp>

#include <limits>
#include <map>
#include <span>

namespace cocql::testing {

scripted_cluster::scripted_cluster(boost::asio::io_context& context, int size,
                                   std::uint32_t number_of_shards, std::optional<node_tls> tls)
    : context_(context), tls_(std::move(tls)), shards(number_of_shards) {
    constexpr int most_attempts = 10;
    for (int attempt = 1; nodes.empty(); ++attempt)
        try {
            for (int i = 1; i <= size; ++i)
                add(i);
        } catch (const boost::system::system_error&) {
            // What is free at the first address need not be so at all of them.
            if (attempt == most_attempts)
                throw;
            nodes.clear();
            by_source.clear();
            tables.clear();
            port = 0;
        }
    know_all();
    have_keyspace(1);
}

void scripted_cluster::add(int number) {
    auto& known = tables.emplace_back(like());
    auto made = known.options("127.0.0." + std::to_string(number));
    made.port = port;
    made.parameters = [](const std::string& cql) {
        std::vector<column> markers;
        for (const auto c : cql)
            if (c == '?')
                markers.push_back(
                    {"app", "t", "k" + std::to_string(markers.size()), data_type::kind::text});
        return markers;
    };
    made.partition_key = [](const std::string& cql) {
        return cql.find("k = ?") != cql.npos || cql.find("(k, v)") != cql.npos
                   ? std::vector<std::uint16_t>{0}
                   : std::vector<std::uint16_t>{};
    };
    made.answer_request = [this, number,
                           &known](const node_request& request) -> std::optional<node_reply> {
        if (auto told = known.answer(request))
            if (request.cql.find(" FROM system") != request.cql.npos)
                return told;
        std::string key;
        if (!request.values.empty() && request.values[0])
            for (const auto each : *request.values[0])
                key += static_cast<char>(each);
        requests.push_back({number, request.shard, request.cql, key});
        if (answer)
            if (auto reply = answer(number, request))
                return reply;
        return rows_of({std::to_string(number)});
    };
    made.shard = [this](std::uint16_t) { return shards == 0 ? 0 : turn++ % shards; };
    if (shards != 0) {
        auto chosen = made;
        chosen.port = 0;
        chosen.shard = [this](std::uint16_t from) { return from % shards; };
        offer(chosen, 0);
        by_source.push_back(std::make_unique<scripted_node>(context_, with_tls(chosen)));
        offer(made, by_source.back()->port());
    }
    nodes.push_back(std::make_unique<scripted_node>(context_, with_tls(made)));
    port = nodes.back()->port();
}

void scripted_cluster::offer(node_options& made, std::uint16_t to) const {
    made.offers["SCYLLA_NR_SHARDS"] = {std::to_string(shards)};
    const std::string name = "SCYLLA_SHARD_AWARE_PORT";
    made.offers[name] = made.offers[name + "_SSL"] = {};
    if (to != 0)
        made.offers[name + (tls_ ? "_SSL" : "")] = {std::to_string(to)};
}

node_options scripted_cluster::with_tls(node_options made) const {
    made.tls = tls_;
    return made;
}

manners scripted_cluster::like() const {
    return shards == 0 ? manners::cassandra : manners::scylla;
}

void scripted_cluster::know_all() {
    for (int self = 1; self <= size(); ++self) {
        std::vector<int> others;
        for (int i = 1; i <= size(); ++i)
            if (i != self && !gone.contains(i))
                others.push_back(i);
        tables_of(self).have_nodes(self, others, port, "test cluster", ring_tokens);
    }
}

void scripted_cluster::have_keyspace(int replicas) {
    const value replication(
        value::mapping{{value("class"), value("org.apache.cassandra.locator.SimpleStrategy")},
                       {value("replication_factor"), value(std::to_string(replicas))}});
    for (auto& each : tables) {
        auto keyspaces = keyspaces_table();
        keyspaces.add(
            {{"keyspace_name", "app"}, {"durable_writes", true}, {"replication", replication}});
        each.put("system_schema.keyspaces", std::move(keyspaces));
    }
}

void scripted_cluster::have_tablets(int count, const std::string& consistency) {
    for (auto& each : tables) {
        auto keyspaces = scylla_keyspaces_table();
        keyspaces.add(
            {{"keyspace_name", "app"}, {"initial_tablets", count}, {"consistency", consistency}});
        each.put("system_schema.scylla_keyspaces", std::move(keyspaces));
    }
    tablets = count;
    have_table(1);
    answer = [this](int number, const node_request& request) -> std::optional<node_reply> {
        const auto reply = rows_of({"found"});
        if (request.values.empty() || !request.wants_tablets)
            return reply;
        const auto which = tablet_of(requests.back().key);
        if (number == node_of_tablet(which) && request.shard == shard_of_tablet(which))
            return reply;
        ++told;
        return with_payload(reply, {{"tablets-routing-v1", payload_of(which)}});
    };
}

void scripted_cluster::have_table(int id) {
    for (auto& each : tables) {
        auto all = tables_table();
        all.add({{"keyspace_name", "app"}, {"table_name", "t"}, {"id", id_of(id)}});
        each.put("system_schema.tables", std::move(all));
        auto columns = columns_table();
        columns.add({{"keyspace_name", "app"},
                     {"table_name", "t"},
                     {"column_name", "k"},
                     {"clustering_order", "none"},
                     {"kind", "partition_key"},
                     {"position", 0},
                     {"type", "text"}});
        each.put("system_schema.columns", std::move(columns));
    }
}

std::pair<std::int64_t, std::int64_t> scripted_cluster::stretch_of(int tablet) const {
    return {place(tablet, tablets), tablet == tablets - 1 ? std::numeric_limits<std::int64_t>::max()
                                                          : place(tablet + 1, tablets)};
}

int scripted_cluster::tablet_of(const std::string& key) const {
    const auto token = token_of(key).value();
    for (int i = 0;; ++i)
        if (const auto [after, last] = stretch_of(i); token > after && token <= last)
            return i;
}

std::vector<std::byte> scripted_cluster::payload_of(int tablet) const {
    using enum data_type::kind;
    const auto replica = data_type::tuple({data_type::kind::uuid, int_});
    const auto whole = data_type::tuple({bigint, bigint, data_type::list(replica)});
    const auto [after, last] = stretch_of(tablet);
    const value one(value::sequence{value(id_of(node_of_tablet(tablet))),
                                    value(static_cast<int>(shard_of_tablet(tablet)))});
    const value told(value::sequence{value(after), value(last), value(value::sequence(1, one))});
    std::vector<std::byte> bytes;
    encode(whole, told, bytes).value();
    return bytes;
}

void scripted_cluster::tell_all(const event& happened) {
    for (const auto& each : nodes)
        each->tell(happened);
}

std::vector<std::string> scripted_cluster::tokens(int number) const {
    std::vector<std::string> all;
    for (const auto each : token_numbers(number))
        all.push_back(std::to_string(each));
    return all;
}

std::vector<std::int64_t> scripted_cluster::token_numbers(int number) const {
    const auto parts = 16 * size_of_ring();
    std::vector<std::int64_t> all;
    for (int i = number - 1; i < parts; i += size_of_ring())
        all.push_back(place(i + 1, parts));
    return all;
}

std::int64_t scripted_cluster::place(int part, int of_all) {
    const auto step = std::numeric_limits<std::uint64_t>::max() / static_cast<unsigned>(of_all);
    const auto from_least = step * static_cast<unsigned>(part);
    return static_cast<std::int64_t>(from_least ^ std::uint64_t{1} << 63);
}

routing::token scripted_cluster::token_of(const std::string& key) const {
    const auto cell = std::as_bytes(std::span(key));
    return routing::token_of(routing::partitioner::murmur3, std::span(&cell, 1));
}

int scripted_cluster::owner_of(const std::string& key) const {
    std::map<std::int64_t, int> ring;
    for (int i = 1; i <= size(); ++i)
        for (const auto each : token_numbers(i))
            ring[each] = i;
    const auto found = ring.lower_bound(token_of(key).value());
    return found != ring.end() ? found->second : ring.begin()->second;
}

std::set<int> scripted_cluster::nodes_asked() const {
    std::set<int> all;
    for (const auto& each : requests)
        all.insert(each.node);
    return all;
}

} // namespace cocql::testing
