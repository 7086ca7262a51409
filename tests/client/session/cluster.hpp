#pragma once

#include "../control/cluster_tables.hpp"
#include "../node.hpp"
#include "core/routing/partitioner.hpp"

#include <cocql/session.hpp>
#include <cocql/testing/scripted_node.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cocql::tests {

/// What a node of the cluster was asked by a session.
struct asked {
    int node;
    std::uint32_t shard;
    std::string cql;
    std::string key; ///< the first value
};

/// Scripted nodes on one port at 127.0.0.1, .2 and so on, which know one another, with a keyspace
/// and a table. Each token of the ring's quarters belongs to the next one in turn. On one thread
/// with the session; what waits is waited for by running that.
class session_cluster {
  public:
    static constexpr const char* find_cql = "SELECT v FROM app.t WHERE k = ?";

    /// 0 shards: Cassandra.
    explicit session_cluster(int size, std::uint32_t number_of_shards = 0,
                             speech how = speech::plain)
        : how_(how), shards(number_of_shards) {
        for (int attempt = 1; nodes.empty(); ++attempt)
            try {
                for (int i = 1; i <= size; ++i)
                    add(i);
            } catch (const boost::system::system_error&) {
                // What is free at the first address need not be so at all of them.
                REQUIRE(attempt < 10);
                nodes.clear();
                by_source.clear();
                tables.clear();
                port = 0;
            }
        know_all();
        have_keyspace(1);
        for (const auto& each : nodes)
            options.contact_point(each->where());
        if (how != speech::plain)
            options.tls(tls_options().ca_file(certificate("ca.pem")));
    }

    void add(int number) {
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
        made.answer_request =
            [this, number,
             &known](const testing::node_request& request) -> std::optional<testing::node_reply> {
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
            return testing::rows_of({std::to_string(number)});
        };
        made.shard = [this](std::uint16_t) { return shards == 0 ? 0 : turn++ % shards; };
        if (shards != 0) {
            auto chosen = made;
            chosen.port = 0;
            chosen.shard = [this](std::uint16_t from) { return from % shards; };
            offer(chosen, 0);
            by_source.push_back(
                std::make_unique<testing::scripted_node>(context, node_of(how_, chosen)));
            offer(made, by_source.back()->port());
        }
        nodes.push_back(std::make_unique<testing::scripted_node>(context, node_of(how_, made)));
        port = nodes.back()->port();
    }
    void offer(testing::node_options& made, std::uint16_t to) const {
        made.offers["SCYLLA_NR_SHARDS"] = {std::to_string(shards)};
        const bool tls = how_ != speech::plain;
        const std::string name = "SCYLLA_SHARD_AWARE_PORT";
        made.offers[name] = made.offers[name + "_SSL"] = {};
        if (to != 0)
            made.offers[name + (tls ? "_SSL" : "")] = {std::to_string(to)};
    }
    testing::manners like() const {
        return shards == 0 ? testing::manners::cassandra : testing::manners::scylla;
    }
    int size() const { return static_cast<int>(nodes.size()); }
    testing::scripted_node& node(int number) {
        return *nodes[static_cast<std::size_t>(number - 1)];
    }
    cluster_tables& tables_of(int number) { return tables[static_cast<std::size_t>(number - 1)]; }

    /// Every node knows every other one but those that are gone.
    void know_all() {
        for (int self = 1; self <= size(); ++self) {
            std::vector<int> others;
            for (int i = 1; i <= size(); ++i)
                if (i != self && !gone.contains(i))
                    others.push_back(i);
            tables_of(self).have_nodes(self, others, port, "test cluster", ring_tokens);
        }
    }
    void have_keyspace(int replicas) {
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
    /// The table has so many tablets, of which each has one replica: on the nodes and shards in
    /// turn. Who asks another one is told.
    void have_tablets(int count, const std::string& consistency = "eventual") {
        for (auto& each : tables) {
            auto keyspaces = scylla_keyspaces_table();
            keyspaces.add({{"keyspace_name", "app"},
                           {"initial_tablets", count},
                           {"consistency", consistency}});
            each.put("system_schema.scylla_keyspaces", std::move(keyspaces));
        }
        tablets = count;
        have_table(1);
        answer =
            [this](int number,
                   const testing::node_request& request) -> std::optional<testing::node_reply> {
            const auto reply = testing::rows_of({"found"});
            if (request.values.empty() || !request.wants_tablets)
                return reply;
            const auto which = tablet_of(requests.back().key);
            if (number == node_of_tablet(which) && request.shard == shard_of_tablet(which))
                return reply;
            ++told;
            return testing::with_payload(reply, {{"tablets-routing-v1", payload_of(which)}});
        };
    }
    void have_table(int id) {
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
    /// Tablets are as long as one another; each begins behind the first token and ends with the
    /// second.
    std::pair<std::int64_t, std::int64_t> stretch_of(int tablet) const {
        return {place(tablet, tablets), tablet == tablets - 1
                                            ? std::numeric_limits<std::int64_t>::max()
                                            : place(tablet + 1, tablets)};
    }
    int tablet_of(const std::string& key) const {
        const auto token = token_of(key).value();
        for (int i = 0;; ++i)
            if (const auto [after, last] = stretch_of(i); token > after && token <= last)
                return i;
    }
    int node_of_tablet(int tablet) const { return (tablet + moved) % size() + 1; }
    std::uint32_t shard_of_tablet(int tablet) const {
        return static_cast<std::uint32_t>(tablet / size()) % shards;
    }
    std::vector<std::byte> payload_of(int tablet) const {
        using enum data_type::kind;
        const auto replica = data_type::tuple({data_type::kind::uuid, int_});
        const auto whole = data_type::tuple({bigint, bigint, data_type::list(replica)});
        const auto [after, last] = stretch_of(tablet);
        const value one(value::sequence{value(id_of(node_of_tablet(tablet))),
                                        value(static_cast<int>(shard_of_tablet(tablet)))});
        const value told(
            value::sequence{value(after), value(last), value(value::sequence(1, one))});
        std::vector<std::byte> bytes;
        encode(whole, told, bytes).value();
        return bytes;
    }

    void tell_all(const event& happened) {
        for (const auto& each : nodes)
            each->tell(happened);
    }

    /// Sixteen for each, in turns around the ring.
    std::vector<std::string> tokens(int number) const {
        std::vector<std::string> all;
        for (const auto each : token_numbers(number))
            all.push_back(std::to_string(each));
        return all;
    }
    std::vector<std::int64_t> token_numbers(int number) const {
        const auto parts = 16 * size_of_ring();
        std::vector<std::int64_t> all;
        for (int i = number - 1; i < parts; i += size_of_ring())
            all.push_back(place(i + 1, parts));
        return all;
    }
    int size_of_ring() const { return ring_size; }
    /// So many of all parts of the numbers that there are, from the least one on.
    static std::int64_t place(int part, int of_all) {
        const auto step = std::numeric_limits<std::uint64_t>::max() / static_cast<unsigned>(of_all);
        const auto from_least = step * static_cast<unsigned>(part);
        return static_cast<std::int64_t>(from_least ^ std::uint64_t{1} << 63);
    }

    routing::token token_of(const std::string& key) const {
        const auto cell = std::as_bytes(std::span(key));
        return routing::token_of(routing::partitioner::murmur3, std::span(&cell, 1));
    }
    /// The node whose token is the first one that is not before the key's.
    int owner_of(const std::string& key) const {
        std::map<std::int64_t, int> ring;
        for (int i = 1; i <= size(); ++i)
            for (const auto each : token_numbers(i))
                ring[each] = i;
        const auto found = ring.lower_bound(token_of(key).value());
        return found != ring.end() ? found->second : ring.begin()->second;
    }
    std::set<int> nodes_asked() const {
        std::set<int> all;
        for (const auto& each : requests)
            all.insert(each.node);
        return all;
    }
    /// A session that has all its connections; what it has asked so far does not count.
    boost::asio::awaitable<session> connected() {
        auto made = co_await connect(options);
        co_await made.ready();
        requests.clear();
        co_return made;
    }

    /// Asks again until it is so; ten seconds at most.
    boost::asio::awaitable<void> become(std::function<boost::asio::awaitable<bool>()> so) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        for (;;) {
            const bool is_so = co_await so();
            if (is_so)
                co_return;
            REQUIRE(std::chrono::steady_clock::now() < limit);
            boost::asio::steady_timer pause(context, std::chrono::milliseconds(10));
            co_await pause.async_wait(boost::asio::use_awaitable);
        }
    }
    /// There are so many nodes, and a connection to each.
    boost::asio::awaitable<void> know_nodes(session& app, std::size_t count) {
        const auto so = [&app, count]() -> boost::asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return hosts.size() == count&& std::ranges::all_of(hosts, [](const auto& each) {
                return each.connections != 0;
            });
        };
        return become(so);
    }

    /// Runs until it is over.
    template <class Work>
    void run(Work work) {
        bool over = false;
        start(context, [](Work& work, bool& over) -> boost::asio::awaitable<void> {
            auto doing = work();
            co_await std::move(doing);
            over = true;
        }(work, over));
        until([&] { return over; });
    }
    template <class Condition>
    void until(Condition condition) {
        context.restart();
        while (!condition())
            REQUIRE(context.run_one() != 0);
    }

    boost::asio::io_context context{1};

  private:
    speech how_;

  public:
    std::uint32_t shards;
    int tablets = 0;
    int moved = 0; ///< by so many nodes each
    int told = 0;  ///< answers that said where a tablet is
    std::uint32_t turn = 0;
    std::uint16_t port = 0;
    int ring_size = 3;
    std::function<std::vector<std::string>(int)> ring_tokens = [this](int number) {
        return tokens(number);
    };
    std::set<int> gone;
    std::deque<cluster_tables> tables;
    std::vector<std::unique_ptr<testing::scripted_node>> by_source;
    std::vector<std::unique_ptr<testing::scripted_node>> nodes;
    std::function<std::optional<testing::node_reply>(int node, const testing::node_request&)>
        answer;
    std::vector<asked> requests;
    cocql::options options;
};

} // namespace cocql::tests
