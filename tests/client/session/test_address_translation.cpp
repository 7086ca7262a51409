#include "cluster.hpp"
#include "testing/host_tables.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <stdexcept>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// Where nobody listens.
inet_address told_address(int node) {
    return address_of("127.0.9." + std::to_string(node));
}

/// Each node tells an address that means nothing here, and port 9042 (ScyllaDB's system.peers tell
/// none).
void tell_others(session_cluster& cluster) {
    for (int self = 1; self <= cluster.size(); ++self) {
        auto& told = cluster.tables_of(self);
        const auto row_of = [&](int node) {
            return std::map<std::string, value>{{"data_center", value("dc1")},
                                                {"host_id", value(id_of(node))},
                                                {"rack", value("r" + std::to_string(node))}};
        };
        const auto tokens_of = [&](int node) {
            value::sequence all;
            for (const auto& each : cluster.tokens(node))
                all.push_back(value(each));
            return value(std::move(all));
        };
        auto local = local_table();
        auto row = row_of(self);
        row["key"] = value("local");
        row["cluster_name"] = value("test cluster");
        row["partitioner"] = value("org.apache.cassandra.dht.Murmur3Partitioner");
        row["rpc_address"] = value(told_address(self));
        row["tokens"] = tokens_of(self);
        local.add(row);
        told.put("system.local", std::move(local));
        auto peers = peers_table();
        auto peers_v2 = peers_v2_table();
        for (int other = 1; other <= cluster.size(); ++other) {
            if (other == self)
                continue;
            auto peer = row_of(other);
            peer["peer"] = value(told_address(other));
            peer["tokens"] = tokens_of(other);
            auto with_port = peer;
            peer["rpc_address"] = value(told_address(other));
            peers.add(peer);
            with_port["native_address"] = value(told_address(other));
            with_port["native_port"] = value(9042);
            peers_v2.add(with_port);
        }
        told.put("system.peers", std::move(peers));
        if (cluster.like() == testing::manners::cassandra)
            told.put("system.peers_v2", std::move(peers_v2));
    }
}

/// Where the node is that has this id.
endpoint place_of(const session_cluster& cluster, const host_info& node) {
    for (int number = 1; number <= cluster.size(); ++number)
        if (node.id == id_of(number))
            return endpoint("127.0.0." + std::to_string(number),
                            node.where.port() == 9042 ? cluster.port : node.where.port());
    throw std::invalid_argument("no such node");
}

options by_one(session_cluster& cluster) {
    options one(cluster.node(1).where());
    one.connection(cluster.options.connection());
    return one;
}

asio::awaitable<void> ask_for_all(session_cluster& cluster) {
    auto app = co_await cluster.connected();
    const auto find = co_await app.prepare(session_cluster::find_cql);
    for (int i = 0; i < 100; ++i) {
        const auto key = "key " + std::to_string(i);
        co_await app.execute(find, key);
    }
    const auto hosts = co_await app.hosts();
    for (const auto& each : hosts) {
        CHECK(each.connections != 0);
        CHECK(each.where.host().starts_with("127.0.9."));
        CHECK(each.where.port() == 9042);
    }
    co_await app.close();
}

} // namespace

TEST_CASE(
    "Nodes that tell addresses which mean nothing here are reached where the translator says") {
    for (const std::uint32_t shards : {0u, 4u})
        for_each_speech([shards](speech how) {
            session_cluster cluster(3, shards, how);
            tell_others(cluster);
            cluster.options = by_one(cluster);
            std::map<uuid, int> asked_for;
            cluster.options.address_translator([&](host_info node) {
                ++asked_for[node.id];
                CHECK(node.datacenter == "dc1");
                CHECK(node.rack.starts_with("r"));
                CHECK(node.where.host().starts_with("127.0.9."));
                return place_of(cluster, node);
            });
            cluster.run([&] { return ask_for_all(cluster); });
            CHECK(cluster.requests.size() == 100);
            for (const auto& each : cluster.requests)
                CHECK(each.node == cluster.owner_of(each.key));
            // For each connection, and not for the contact point.
            CHECK(asked_for.size() == 3);
            for (const auto& [id, times] : asked_for)
                CHECK(times == std::max<int>(1, static_cast<int>(shards)));
        });
}

TEST_CASE("The control connection finds another node by the translator, when the contact point is "
          "gone") {
    session_cluster cluster(3);
    tell_others(cluster);
    cluster.options = by_one(cluster);
    cluster.options.address_translator([&](host_info node) -> asio::awaitable<endpoint> {
        // As one that asks somebody does.
        co_await asio::post(cluster.context, asio::use_awaitable);
        co_return place_of(cluster, node);
    });
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto known = cluster.node(2).accepted() + cluster.node(3).accepted();
        cluster.node(1).stop();
        const auto moved = [&]() -> asio::awaitable<bool> {
            co_return cluster.node(2).accepted() + cluster.node(3).accepted() > known;
        };
        auto waiting = cluster.become(moved);
        co_await std::move(waiting);
        const auto hosts = co_await app.hosts();
        for (const auto& each : hosts) // which has not moved them
            CHECK(each.where.port() == 9042);
        const auto answer = co_await app.query("SELECT v FROM app.t");
        CHECK(answer.size() == 1);
        co_await app.close();
    });
}

TEST_CASE(
    "A translator that fails for a node is why that node was not connected to, and the others "
    "serve") {
    session_cluster cluster(3);
    tell_others(cluster);
    cluster.options = by_one(cluster);
    bool for_none = false;
    cluster.options.address_translator([&](host_info node) -> endpoint {
        if (node.id == id_of(2) || for_none)
            throw std::runtime_error("the table has no such node");
        return node.id == id_of(3) ? endpoint() : place_of(cluster, node);
    });
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (int i = 0; i < 20; ++i)
            co_await app.query("SELECT v FROM app.t");
        CHECK(cluster.nodes_asked() == std::set<int>{1});
        co_await app.close();

        for_none = true;
        auto opening = connect(cluster.options);
        const auto none = co_await as_result(std::move(opening));
        REQUIRE(!none.has_value());
        CHECK(none.error().has(errc::no_host_available));
        REQUIRE(none.error().attempts().size() == 3);
        for (const auto& each : none.error().attempts()) {
            const std::string what = each.what();
            CHECK(what.find("127.0.9.") != what.npos);
            CHECK(what.find("the address translator failed") != what.npos);
            CHECK(what.find("the table has no such node") != what.npos);
        }
    });
}

namespace {

/// Until it is cancelled.
asio::awaitable<endpoint> never_there(host_info, int& cancelled) {
    asio::steady_timer forever(co_await asio::this_coro::executor,
                               std::chrono::steady_clock::time_point::max());
    try {
        co_await forever.async_wait(asio::use_awaitable);
    } catch (const boost::system::system_error&) {
        ++cancelled;
        throw;
    }
    co_return endpoint();
}

} // namespace

TEST_CASE("A translator that does not come to an end is given up when a connection would be") {
    session_cluster cluster(3);
    tell_others(cluster);
    cluster.options = by_one(cluster);
    cluster.options.connection().connect_timeout(300ms);
    int cancelled = 0;
    cluster.options.address_translator(
        [&](host_info node) { return never_there(std::move(node), cancelled); });
    cluster.run([&]() -> asio::awaitable<void> {
        auto opening = connect(cluster.options);
        const auto none = co_await as_result(std::move(opening));
        REQUIRE(!none.has_value());
        REQUIRE(none.error().attempts().size() == 3);
        for (const auto& each : none.error().attempts()) {
            CHECK(each.is(errc::timed_out));
            CHECK(std::string(each.what()).find("the address translator took too long") !=
                  std::string::npos);
        }
    });
    CHECK(cancelled >= 3);
}

TEST_CASE("A session that is closed does not wait for its translator") {
    session_cluster cluster(2);
    tell_others(cluster);
    cluster.options = by_one(cluster);
    cluster.options.connection().connect_timeout(time_limit(std::nullopt));
    int cancelled = 0;
    cluster.options.address_translator([&](host_info node) -> asio::awaitable<endpoint> {
        if (node.id == id_of(2))
            return never_there(std::move(node), cancelled);
        return [](endpoint where) -> asio::awaitable<endpoint> {
            co_return where;
        }(place_of(cluster, node));
    });
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        CHECK(cancelled == 0);
        co_await app.close();
        CHECK(cancelled == 1);
    });
}

TEST_CASE("A context that is destroyed takes a translator that waits along") {
    auto cluster = std::make_unique<session_cluster>(2);
    tell_others(*cluster);
    cluster->options = by_one(*cluster);
    int cancelled = 0;
    int begun = 0;
    cluster->options.address_translator([&](host_info node) {
        ++begun;
        return never_there(std::move(node), cancelled);
    });
    start(cluster->context, [](options how) -> asio::awaitable<void> {
        auto opening = connect(std::move(how));
        static_cast<void>(co_await as_result(std::move(opening)));
    }(cluster->options));
    cluster->until([&] { return begun == 2; });
    cluster.reset();
    CHECK(cancelled == 0);
}

TEST_CASE(
    "A node whose shards are gone while the translator is asked for one is connected to without") {
    session_cluster cluster(1, 4);
    bool holds = false;
    bool lets_go = false;
    int held = 0;
    cluster.options.address_translator([&](host_info node) -> asio::awaitable<endpoint> {
        const bool by_shard = node.where.port() != 9042;
        if (holds && by_shard && held == 0) {
            ++held;
            while (!lets_go)
                co_await asio::post(cluster.context, asio::use_awaitable);
        }
        co_return endpoint(node.where.host(), by_shard ? node.where.port() : cluster.port);
    });
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        holds = true;
        for (auto* const each : {cluster.nodes[0].get(), cluster.by_source[0].get()}) {
            std::erase_if(each->options().offers, [](const auto& offer) {
                return offer.first.find("SHARD") != std::string::npos;
            });
            each->options().like = manners::cassandra; // which adds no shards of its own
            each->drop_connections();
        }
        const auto without = [&]() -> asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return held == 1 && hosts[0].connections == 1 && hosts[0].shards == 0;
        };
        auto waiting = cluster.become(without);
        co_await std::move(waiting);
        lets_go = true;
        const auto answer = co_await app.query("SELECT v FROM app.t");
        CHECK(answer.size() == 1);
        co_await app.close();
    });
}

TEST_CASE(
    "A translator that has TLS read again disturbs neither its own connection nor the session") {
    session_cluster cluster(2, 0, speech::tls_1_3);
    tell_others(cluster);
    session app;
    bool reloads = false;
    cluster.options.address_translator([&](host_info node) {
        if (std::exchange(reloads, false))
            asio::co_spawn(cluster.context, app.reload_tls(), rethrow);
        return place_of(cluster, node);
    });
    cluster.run([&]() -> asio::awaitable<void> {
        app = co_await cluster.connected();
        const auto before = co_await app.metrics();
        reloads = true;
        cluster.node(1).drop_connections();
        const auto whole = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.metrics();
            // That of node 1 again, and another one to node 2. What is being set up in that moment
            // is given up, or is opened and replaced.
            co_return now.connections == 2 &&
                now.counts.connections_opened >= before.counts.connections_opened + 2;
        };
        auto waiting = cluster.become(whole);
        co_await std::move(waiting);
        CHECK(!reloads);
        co_await app.close();
    });
}

namespace {

/// Ends within the cancellation itself, as operations of somebody's own may.
template <class Token>
auto until_cancelled(std::function<void()> then, Token&& token) {
    auto begin = [then = std::move(then)](auto handler) {
        const auto kept = std::make_shared<std::decay_t<decltype(handler)>>(std::move(handler));
        auto slot = asio::get_associated_cancellation_slot(*kept);
        slot.assign([kept, then](asio::cancellation_type) {
            const auto next = then; // it goes with the handler
            auto taken = std::move(*kept);
            next();
            std::move(taken)();
        });
    };
    return asio::async_initiate<Token, void()>(std::move(begin), token);
}

} // namespace

TEST_CASE(
    "Translators that end within their cancellation, and look at the session there, find all of "
    "it whole") {
    session_cluster cluster(3);
    cluster.options.connections_per_shard(3);
    session app;
    bool waits = false;
    int begun = 0;
    int looked = 0;
    cluster.options.address_translator([&](host_info node) -> asio::awaitable<endpoint> {
        if (waits && node.id == id_of(3)) {
            ++begun;
            const std::function<void()> look = [&] {
                asio::co_spawn(cluster.context, app.metrics(),
                               [&](std::exception_ptr thrown, const session_metrics& now) {
                                   rethrow(thrown);
                                   CHECK(now.hosts.size() == 2);
                                   ++looked;
                               });
            };
            auto waiting = until_cancelled(look, asio::use_awaitable);
            co_await std::move(waiting);
        }
        co_return node.where.port() == 9042 ? endpoint(node.where.host(), cluster.port)
                                            : node.where;
    });
    cluster.run([&]() -> asio::awaitable<void> {
        app = co_await cluster.connected();
        waits = true;
        cluster.node(3).drop_connections();
        const auto asked = [&]() -> asio::awaitable<bool> { co_return begun == 2; };
        auto waiting = cluster.become(asked);
        co_await std::move(waiting);
        cluster.gone = {3};
        cluster.know_all();
        cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(app, 2);
        const auto seen = [&]() -> asio::awaitable<bool> { co_return looked == 2; };
        co_await cluster.become(seen);
        co_await app.close();
        app = session();
    });
}
