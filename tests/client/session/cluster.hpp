#pragma once

#include "../control/cluster_tables.hpp"
#include "../node.hpp"

#include <cocql/session.hpp>
#include <cocql/testing/scripted_node.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
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
        const auto parts = std::int64_t{16} * size_of_ring();
        const auto step = std::numeric_limits<std::int64_t>::max() / parts * 2;
        std::vector<std::int64_t> all;
        for (std::int64_t i = number - 1; i < parts; i += size_of_ring())
            all.push_back(std::numeric_limits<std::int64_t>::min() + step * (i + 1));
        return all;
    }
    int size_of_ring() const { return ring_size; }

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
