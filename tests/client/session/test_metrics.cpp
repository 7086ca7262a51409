#include "cluster.hpp"
#include "core/routing/sharding.hpp"
#include "datacenters.hpp"

#include <cocql/as_result.hpp>
#include <cocql/session_metrics.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

namespace {

std::size_t asked_of(const session_cluster& cluster, int node) {
    return static_cast<std::size_t>(std::ranges::count(
        cluster.requests, node, [](const testing::cluster_request& each) { return each.node; }));
}

const statement_options refusing = statement_options().busy(when_busy::refuse);

} // namespace

TEST_CASE("Metrics count each request at its node, with what it took") {
    for_each_speech([](speech how) {
        session_cluster cluster(3, 0, how);
        have_datacenters(cluster, {"west", "east", "west"});
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto fresh = co_await app.metrics();
            CHECK(fresh.requests() == 0);
            CHECK(fresh.connections == 3);
            CHECK(fresh.counts.connections_opened == 3);
            CHECK(fresh.hosts.size() == 3);
            const auto find = co_await app.prepare(session_cluster::find_cql);
            for (int i = 0; i < 100; ++i) {
                const auto key = "key " + std::to_string(i);
                co_await app.execute(find, key);
            }
            const auto now = co_await app.metrics();
            CHECK(now.requests() == 101); // with that PREPARE
            CHECK(now.counts.attempts() == 101);
            CHECK(now.counts.latency.count() == 101);
            CHECK(now.counts.latency.max() > 0ns);
            CHECK(now.counts.prepares == 3);
            CHECK(now.counts.failures.all() == 0);
            CHECK(now.counts.connections_failed == 0);
            CHECK(now.in_flight == 0);
            std::uint64_t prepared_first = 0;
            for (int i = 1; i <= 3; ++i) {
                const auto& host = now.hosts[static_cast<std::size_t>(i - 1)];
                CHECK(host.id == id_of(i));
                CHECK(host.where == cluster.node(i).where());
                CHECK(host.datacenter == (i == 2 ? "east" : "west"));
                CHECK(host.rack == "r1");
                CHECK(host.connections == 1);
                CHECK(host.counts.prepares == 1);
                CHECK(host.counts.connections_opened == 1);
                const auto others = host.counts.attempts() - asked_of(cluster, i);
                CHECK(others <= 1);
                prepared_first += others;
            }
            CHECK(prepared_first == 1);
            co_await app.close();
            const auto after = co_await app.metrics();
            CHECK(after.requests() == 101);
            CHECK(after.connections == 0);
            CHECK(after.hosts.size() == 3);
            CHECK(after.hosts[0].where == cluster.node(1).where());
        });
    });
}

TEST_CASE("A latency is from the request to its answer") {
    session_cluster cluster(1);
    cluster.node(1).options().delay = [](const std::string& cql) {
        return cql == "SELECT slow" ? 30ms : 0ms;
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto begun = std::chrono::steady_clock::now();
        co_await app.query("SELECT slow");
        const auto whole = std::chrono::steady_clock::now() - begun;
        const auto now = co_await app.metrics();
        CHECK(now.counts.latency.count() == 1);
        CHECK(now.counts.latency.max() >= 30ms);
        CHECK(now.counts.latency.max() <= whole);
        CHECK(now.counts.latency.sum() == now.counts.latency.max());
        co_await app.close();
    });
}

TEST_CASE("What a server answers by ERROR is counted by its kind, and is an answer") {
    session_cluster cluster(1);
    auto code = server_error_code::overloaded;
    cluster.answer = [&](int, const testing::node_request&) {
        return std::optional(testing::error_of(server_error{code, "no", {}}));
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        using enum server_error_code;
        for (const auto each : {overloaded, overloaded, is_bootstrapping, invalid, server_error}) {
            code = each;
            const auto failed = co_await as_result(app.query("SELECT 1"));
            CHECK(failed.error().is(errc::server_error));
        }
        const auto now = co_await app.metrics();
        CHECK(now.counts.failures.of(failure_kind::overloaded) == 3);
        CHECK(now.counts.failures.of(failure_kind::refused) == 1);
        CHECK(now.counts.failures.of(failure_kind::server_failed) == 1);
        CHECK(now.counts.failures.all() == 5);
        CHECK(now.counts.unanswered == 0);
        CHECK(now.counts.latency.count() == 5);
        CHECK(now.requests() == 5);
        CHECK(now.hosts[0].counts.failures == now.counts.failures);
        co_await app.close();
    });
}

TEST_CASE("Requests in flight, orphans, time-outs, and those that were cancelled") {
    session_cluster cluster(1);
    cluster.node(1).options().silent_statement = "SELECT silent";
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        session_metrics during;
        const auto look = [&]() -> asio::awaitable<void> {
            const auto is_there = [&]() -> asio::awaitable<bool> {
                during = co_await app.metrics();
                co_return during.in_flight == 1;
            };
            co_await cluster.become(is_there);
        };
        auto either = as_result(app.query("SELECT silent")) || look();
        co_await std::move(either);
        CHECK(during.hosts[0].in_flight == 1);
        CHECK(during.orphans == 0);
        CHECK(during.requests() == 0);
        auto now = co_await app.metrics();
        CHECK(now.in_flight == 0);
        CHECK(now.orphans == 1);
        CHECK(now.hosts[0].orphans == 1);
        CHECK(now.counts.failures.of(failure_kind::cancelled) == 1);

        const auto brief = statement_options().timeout(5ms);
        const auto late = co_await as_result(app.query("SELECT silent", brief));
        CHECK(late.error().is(errc::timed_out));
        now = co_await app.metrics();
        CHECK(now.orphans == 2);
        CHECK(now.counts.failures.of(failure_kind::timed_out) == 1);
        CHECK(now.counts.failures.all() == 2);
        CHECK(now.counts.unanswered == 2);
        CHECK(now.counts.latency.count() == 0);
        CHECK(now.requests() == 2);
        co_await app.close();
    });
}

TEST_CASE("A statement that a node has forgotten is prepared again, which is no request") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        bool forgotten = false;
        cluster.node(1).options().forgets = [&](const std::string&) {
            return !std::exchange(forgotten, true);
        };
        co_await app.execute(find, "a key");
        co_await app.execute(find, "a key");
        const auto now = co_await app.metrics();
        CHECK(now.counts.prepares == 2);
        CHECK(now.requests() == 3);
        CHECK(now.counts.failures.all() == 0);
        co_await app.close();
    });
}

TEST_CASE("What cannot be sent to a node is an attempt there and a retry, and where there is none "
          "left that is counted") {
    session_cluster cluster(2);
    cluster.options.connection().max_in_flight(1);
    for (const auto& each : cluster.nodes)
        each->options().silent_statement = "SELECT silent";
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        for (int i = 0; i < 2; ++i) // each node knows it
            for (const auto* const key : {"a", "b", "c", "d", "e", "f"})
                co_await app.execute(find, key);
        const auto before = co_await app.metrics();
        // One is busy, or both are: who is silent has an orphan on its only stream id.
        const auto brief = statement_options().timeout(5ms).busy(when_busy::refuse);
        co_await as_result(app.query("SELECT silent", brief));
        const auto busy = co_await app.metrics();
        const std::size_t which = busy.hosts[0].orphans == 1 ? 0 : 1;
        CHECK(busy.orphans == 1);
        CHECK(busy.hosts[which].orphans == 1);
        std::string key = "a";
        while (cluster.owner_of(key) != static_cast<int>(which + 1))
            key += "a";
        co_await app.execute(find, refusing, key);
        const auto once = co_await app.metrics();
        CHECK(once.retries == busy.retries + 1);
        CHECK(once.requests() == busy.requests() + 1);
        CHECK(once.counts.attempts() == busy.counts.attempts() + 2);
        CHECK(once.hosts[which].counts.failures.of(failure_kind::connection) ==
              busy.hosts[which].counts.failures.of(failure_kind::connection) + 1);
        CHECK(once.no_host == 0);

        auto silent = as_result(app.query("SELECT silent", brief));
        co_await std::move(silent);
        const auto full = co_await app.metrics();
        CHECK(full.orphans == 2);
        const auto none = co_await as_result(app.execute(find, refusing, key));
        CHECK(none.error().is(errc::no_host_available));
        const auto after = co_await app.metrics();
        CHECK(after.no_host == 1);
        CHECK(after.retries == full.retries + 2);
        CHECK(after.requests() == full.requests() + 1);
        CHECK(before.requests() == 13);
        CHECK(after.requests() == 17);
        co_await app.close();
    });
}

TEST_CASE("Requests that go to another shard than their partition's are counted") {
    session_cluster cluster(1, 2);
    cluster.options.shard_aware_port(false);
    cluster.node(1).options().shard = [](std::uint16_t) { return 0; };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const routing::sharding shards(2, 12);
        std::uint64_t strays = 0;
        for (int i = 0; i < 50; ++i) {
            const auto key = "key " + std::to_string(i);
            co_await app.execute(find, key);
            strays += shards.shard_of(routing::token(cluster.token_of(key)));
        }
        for (int i = 0; i < 50; ++i)
            co_await app.query("SELECT v FROM app.t"); // any shard is right
        const auto now = co_await app.metrics();
        CHECK(strays > 0);
        CHECK(now.counts.wrong_shard == strays);
        CHECK(now.hosts[0].counts.wrong_shard == strays);
        co_await app.close();
    });
}

TEST_CASE("Requests to tablets that are known, to others, and what is learned of these") {
    session_cluster cluster(3, 2);
    cluster.have_tablets(16);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        std::set<int> known;
        std::uint64_t hits = 0;
        for (int i = 0; i < 200; ++i) {
            const auto key = "key " + std::to_string(i);
            const auto tablet = cluster.tablet_of(key);
            const auto told = cluster.told;
            co_await app.execute(find, key);
            hits += known.contains(tablet) ? 1U : 0U;
            if (cluster.told != told)
                known.insert(tablet);
        }
        const auto now = co_await app.metrics();
        CHECK(now.tablet_hits == hits);
        CHECK(now.tablet_misses == 200 - hits);
        CHECK(now.tablets_learned == static_cast<std::uint64_t>(cluster.told));
        CHECK(hits > 0);
        CHECK(cluster.told > 0);
        CHECK(now.counts.wrong_shard == 0);
        co_await app.close();
    });
}

TEST_CASE("Events are counted once, and so is a control connection that takes another's place") {
    session_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto now = co_await app.metrics();
        CHECK(now.events == 0);
        CHECK(now.control_reconnects == 0);
        for (int i = 0; i < 3; ++i)
            cluster.tell_all(status_change{"UP", "127.0.0.1", cluster.port});
        const auto heard = [&]() -> asio::awaitable<bool> {
            now = co_await app.metrics();
            co_return now.events >= 3;
        };
        co_await cluster.become(heard);
        CHECK(now.events == 3);
        for (const auto& each : cluster.nodes)
            each->drop_connections();
        const auto back = [&]() -> asio::awaitable<bool> {
            now = co_await app.metrics();
            co_return now.control_reconnects != 0 && now.connections == 3 &&
                now.counts.connections_opened >= 6;
        };
        co_await cluster.become(back);
        CHECK(now.control_reconnects == 1);
        CHECK(now.counts.connections_opened == 6);
        for (const auto& each : now.hosts)
            CHECK(each.counts.connections_opened == 2);
        CHECK(now.counts.connections_failed == 0);
        co_await app.close();
    });
}

TEST_CASE("A node that cannot be connected to is seen by what failed") {
    session_cluster cluster(3);
    cluster.node(3).stop();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto now = co_await app.metrics();
        CHECK(now.hosts[2].connections == 0);
        CHECK(now.hosts[2].counts.connections_opened == 0);
        CHECK(now.hosts[2].counts.connections_failed == 1);
        CHECK(now.counts.connections_failed == 1);
        CHECK(now.connections == 2);
        co_await app.close();
    });
}

TEST_CASE("What was counted of a node that has left still counts for the session") {
    session_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        for (int i = 0; i < 100; ++i)
            co_await app.execute(find, "key " + std::to_string(i));
        const auto before = co_await app.metrics();
        CHECK(before.hosts[2].counts.attempts() > 0);
        cluster.gone = {3};
        cluster.know_all();
        cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.3", cluster.port});
        session_metrics after;
        const auto left = [&]() -> asio::awaitable<bool> {
            after = co_await app.metrics();
            co_return after.hosts.size() == 2 && after.connections == 2;
        };
        co_await cluster.become(left);
        CHECK(after.requests() == 101);
        CHECK(after.counts.latency == before.counts.latency);
        CHECK(after.counts.connections_opened == 3);
        CHECK(after.connections == 2);
        co_await app.close();
    });
}

TEST_CASE("Metrics can be asked for on another thread, and of no session they are an error") {
    session_cluster cluster(2);
    asio::thread_pool others(1);
    cluster.run([&]() -> asio::awaitable<void> {
        const auto none = co_await as_result(session().metrics());
        CHECK(none.error().is(errc::connection_closed));
        auto app = co_await cluster.connected();
        co_await app.query("SELECT v FROM app.t");
        const auto elsewhere = [](session app) -> asio::awaitable<session_metrics> {
            auto asking = app.metrics();
            co_return co_await std::move(asking);
        };
        auto visiting = asio::co_spawn(others, elsewhere(app), asio::use_awaitable);
        const auto there = co_await std::move(visiting);
        CHECK(there.requests() == 1);
        co_await app.close();
    });
    others.join();
}
