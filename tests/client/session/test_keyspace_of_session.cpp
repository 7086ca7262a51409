#include "from_elsewhere.hpp"
#include "schema_of_cluster.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

namespace {

constexpr const char* bare_cql = "SELECT v FROM t WHERE k = ?";

std::size_t uses_heard_by(session_cluster& cluster, int number) {
    auto count = std::ranges::count_if(cluster.node(number).statements(),
                                       [](const auto& each) { return each.starts_with("USE "); });
    if (!cluster.by_source.empty())
        count += std::ranges::count_if(
            cluster.by_source[static_cast<std::size_t>(number - 1)]->statements(),
            [](const auto& each) { return each.starts_with("USE "); });
    return static_cast<std::size_t>(count);
}

bool is_use(const testing::cluster_request& request) {
    return request.cql.starts_with("USE ");
}

/// The keyspaces that the connections are in which requests come by.
asio::awaitable<std::set<std::string>> keyspaces_met(session_cluster& cluster, session& app) {
    cluster.requests.clear();
    for (int i = 0; i < 60; ++i)
        co_await app.query("SELECT v FROM t");
    std::erase_if(cluster.requests, is_use); // of connections that are opened meanwhile
    std::set<std::string> all;
    for (const auto& each : cluster.requests)
        all.insert(each.keyspace);
    co_return all;
}

using keyspaces = std::set<std::string>;

/// Of one node it is refused, as often as this says.
void refuse_use(session_cluster& cluster, int node, int times) {
    cluster.answer = [node, times](int number, const testing::node_request& request) mutable
        -> std::optional<testing::node_reply> {
        if (number != node || !request.cql.starts_with("USE ") || times-- <= 0)
            return std::nullopt;
        return testing::error_of(
            server_error{server_error_code::invalid, "Keyspace 'other' does not exist", {}});
    };
}

statement_options at_node(int number) {
    return statement_options().route(request_route::to_host(testing::id_of(number)));
}

asio::awaitable<void> wait_for_connections(session_cluster& cluster, session& app) {
    const auto are_there = [&]() -> asio::awaitable<bool> {
        const auto hosts = co_await app.hosts();
        co_return std::ranges::all_of(
            hosts, [](const auto& each) { return each.connections == std::max(each.shards, 1U); });
    };
    auto waiting = cluster.become(are_there);
    co_await std::move(waiting);
}

using used = std::optional<result<void>>;

asio::awaitable<void> use_to(session app, std::string name, used& into) {
    auto changing = as_result(app.use_keyspace(std::move(name)));
    into = co_await std::move(changing);
}

asio::awaitable<void> use_first_at(int number, session app, std::string cql, used& into) {
    const auto answer = co_await as_result(app.query(std::move(cql), at_node(number)));
    into = answer ? result<void>() : result<void>(answer.error());
}

} // namespace

TEST_CASE("A session goes to another keyspace with all its connections, also with later ones") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const std::uint32_t shards : {0U, 2U}) {
            CAPTURE(name_of(how));
            CAPTURE(shards);
            session_cluster cluster(3, shards, how);
            cluster.run([&]() -> asio::awaitable<void> {
                auto app = co_await cluster.connected();
                auto met = co_await keyspaces_met(cluster, app);
                CHECK(met == keyspaces{""});
                for (const std::string name : {"other", "Mixed \"case\""}) {
                    co_await app.use_keyspace(name);
                    met = co_await keyspaces_met(cluster, app);
                    CHECK(met == keyspaces{name});
                }
                for (int number = 1; number <= 3; ++number)
                    CHECK(uses_heard_by(cluster, number) == 2 * std::max(shards, 1U));
                cluster.node(2).drop_connections();
                if (shards != 0)
                    cluster.by_source[1]->drop_connections();
                const auto are_replaced = [&]() -> asio::awaitable<bool> {
                    const auto now = co_await app.metrics();
                    co_return now.counts.connections_opened == 4 * std::max(shards, 1U);
                };
                co_await cluster.become(are_replaced);
                met = co_await keyspaces_met(cluster, app);
                CHECK(met == keyspaces{"Mixed \"case\""});
                CHECK(cluster.nodes_asked() == std::set<int>{1, 2, 3});
                co_await app.close();
            });
        }
}

TEST_CASE("USE as a text changes the keyspace of a session, and is answered as on a connection") {
    session_cluster cluster(3);
    cluster.options.keyspace("app");
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"app"});
        const auto answer = co_await app.query("USE Other");
        CHECK(answer.keyspace() == "other");
        met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"other"});
        const auto quoted = co_await app.query("USE \"Third\"", at_node(2));
        CHECK(quoted.keyspace() == "Third");
        met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"Third"});
        co_await app.close();
    });
}

TEST_CASE("A keyspace that the node asked first does not have leaves everything as it is") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        co_await app.use_keyspace("app");
        for (int number = 1; number <= 2; ++number) {
            refuse_use(cluster, number, 1000);
            const auto refused = co_await as_result(app.query("USE other", at_node(number)));
            REQUIRE(!refused.has_value());
            REQUIRE(refused.error().server() != nullptr);
            CHECK(refused.error().server()->message == "Keyspace 'other' does not exist");
        }
        cluster.answer = nullptr;
        const auto met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"app"});
        const auto now = co_await app.metrics();
        CHECK(now.counts.connections_opened == 2);
        for (const auto& name : {std::string(), std::string("a\0b", 3)}) {
            const auto no_name = co_await as_result(app.use_keyspace(name));
            REQUIRE(!no_name.has_value());
            CHECK(no_name.error().is(errc::invalid_argument));
        }
        co_await app.close();
        const auto closed = co_await as_result(app.use_keyspace("app"));
        REQUIRE(!closed.has_value());
        CHECK(closed.error().is(errc::connection_closed));
        session nothing;
        const auto of_nobody = co_await as_result(nothing.use_keyspace("app"));
        REQUIRE(!of_nobody.has_value());
        CHECK(of_nobody.error().is(errc::connection_closed));
    });
}

TEST_CASE("A connection that cannot be in the keyspace of its session is replaced by one that is") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        refuse_use(cluster, 2, 1); // which has not heard of it yet
        co_await app.query("USE other", at_node(1));
        auto met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"other"});
        co_await wait_for_connections(cluster, app);
        met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"other"});
        CHECK(cluster.nodes_asked() == std::set<int>{1, 2});
        const auto now = co_await app.metrics();
        CHECK(now.counts.connections_opened == 3);
        co_await app.close();
    });
}

TEST_CASE("A node that does not answer holds up a change of keyspace for the time of a request, "
          "and is then connected to anew") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.node(2).options().silent_statement = "USE ";
        const auto answer = co_await app.query("USE other", at_node(1).timeout(100ms));
        CHECK(answer.keyspace() == "other");
        auto met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"other"});
        CHECK(cluster.nodes_asked() == std::set<int>{1});
        cluster.node(2).options().silent_statement.clear();
        cluster.node(2).drop_connections(); // the one that is being opened would wait, too
        const auto is_back = [&]() -> asio::awaitable<bool> {
            co_await app.reconnect();
            const auto hosts = co_await app.hosts();
            co_return hosts[1].connections == 1;
        };
        co_await cluster.become(is_back);
        met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"other"});
        CHECK(cluster.nodes_asked() == std::set<int>{1, 2});
        co_await app.close();
    });
}

TEST_CASE("Where it is not known whether the first connection has changed its keyspace it is "
          "replaced, and the session stays where it was") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        co_await app.use_keyspace("app");
        const auto before = co_await app.metrics();
        cluster.node(1).options().silent_statement = "USE \"other";
        const auto vain = co_await as_result(app.query("USE \"other\"", at_node(1).timeout(50ms)));
        REQUIRE(!vain.has_value());
        CHECK(vain.error().is(errc::timed_out));
        const auto is_replaced = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.metrics();
            co_return now.counts.connections_opened == before.counts.connections_opened + 1;
        };
        co_await cluster.become(is_replaced);
        auto met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"app"});
        CHECK(cluster.nodes_asked() == std::set<int>{1, 2});
        // A call that is cancelled does the same.
        asio::cancellation_signal stop;
        used cancelled;
        for (int number = 1; number <= 2; ++number)
            cluster.node(number).options().silent_statement = "USE \"other";
        asio::co_spawn(cluster.context, use_to(app, "other", cancelled),
                       asio::bind_cancellation_slot(stop.slot(), rethrow));
        const auto heard = [&] {
            return uses_heard_by(cluster, 1) + uses_heard_by(cluster, 2) >= 5;
        };
        co_await come_true(cluster, heard);
        stop.emit(asio::cancellation_type::terminal);
        co_await come_true(cluster, [&] { return cancelled.has_value(); });
        REQUIRE(!cancelled->has_value());
        CHECK(cancelled->error().is(errc::cancelled));
        co_await wait_for_connections(cluster, app);
        met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"app"});
        co_await app.close();
    });
}

TEST_CASE("Who waits no more for a session to go to another keyspace does not stop it") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        bool held = true;
        cluster.node(2).options().delay = [&held](const std::string& cql) {
            return held && cql.starts_with("USE ") ? 300ms : 0ms;
        };
        std::optional<result<page>> outcome;
        const auto ask = [](session app,
                            std::optional<result<page>>& into) -> asio::awaitable<void> {
            auto asking = as_result(app.query("USE other", at_node(1)));
            into = co_await std::move(asking);
        };
        asio::cancellation_signal stop;
        asio::co_spawn(cluster.context, ask(app, outcome),
                       asio::bind_cancellation_slot(stop.slot(), rethrow));
        co_await come_true(cluster, [&] { return uses_heard_by(cluster, 2) == 1; });
        stop.emit(asio::cancellation_type::terminal);
        co_await come_true(cluster, [&] { return outcome.has_value(); });
        REQUIRE(!outcome->has_value());
        CHECK(outcome->error().is(errc::cancelled));
        held = false;
        co_await app.use_keyspace("third"); // after it
        const auto met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"third"});
        const auto now = co_await app.metrics();
        CHECK(now.counts.connections_opened == 2);
        co_await app.close();
    });
}

TEST_CASE("Of several changes of keyspace one comes after the other, on all connections alike") {
    session_cluster cluster(3, 2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto all = as_result(app.query("USE a")) && as_result(app.query("USE b")) &&
                   as_result(app.use_keyspace("c"));
        const auto [first, second, third] = co_await std::move(all);
        CHECK(first.has_value());
        CHECK(second.has_value());
        CHECK(third.has_value());
        const auto met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"c"});
        for (int number = 1; number <= 3; ++number)
            CHECK(uses_heard_by(cluster, number) == 6);
        co_await app.close();
    });
}

TEST_CASE("Statements without a keyspace are prepared anew in another one, and are others there") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        co_await app.use_keyspace("one");
        const auto before = co_await app.prepare(bare_cql);
        const auto same = co_await app.prepare(bare_cql);
        CHECK(same.content() == before.content());
        co_await app.execute(before, "a key");
        co_await app.use_keyspace("two");
        const auto after = co_await app.prepare(bare_cql);
        CHECK(!std::ranges::equal(after.id(), before.id()));
        co_await app.execute(after, "a key");
        // The nodes that know the other one still do.
        co_await app.execute(before, "a key");
        for (int number = 1; number <= 2; ++number)
            cluster.node(number).options().forgets = [](const std::string&) { return true; };
        const auto forgotten = co_await as_result(app.execute(before, "a key"));
        REQUIRE(!forgotten.has_value());
        CHECK(forgotten.error().is(errc::server_error));
        CHECK(forgotten.error().advice() == "prepare the statement anew");
        co_await app.close();
    });
}

TEST_CASE("Siblings are each in a keyspace of their own, and so are the statements they prepare") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        co_await app.use_keyspace("one");
        auto beside = co_await app.on(cluster.context.get_executor());
        co_await beside.ready();
        auto met = co_await keyspaces_met(cluster, beside);
        CHECK(met == keyspaces{"one"});
        const auto by_first = co_await app.prepare(bare_cql);
        auto by_other = co_await beside.prepare(bare_cql);
        CHECK(by_other.content() == by_first.content());
        co_await beside.use_keyspace("two");
        met = co_await keyspaces_met(cluster, beside);
        CHECK(met == keyspaces{"two"});
        met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"one"});
        by_other = co_await beside.prepare(bare_cql);
        CHECK(!std::ranges::equal(by_other.id(), by_first.id()));
        const auto again = co_await app.prepare(bare_cql);
        CHECK(again.content() == by_first.content());
        co_await app.close();
        co_await beside.close();
    });
}

TEST_CASE(
    "What is prepared while the first session goes to another keyspace is not the siblings'") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        co_await app.use_keyspace("one");
        auto beside = co_await app.on(cluster.context.get_executor());
        co_await beside.ready();
        co_await beside.use_keyspace("two");
        // Its connection of the first session stays in the other keyspace, as long as that waits.
        cluster.node(2).options().silent_statement = "USE ";
        const auto before = uses_heard_by(cluster, 2);
        used changed;
        start(cluster.context, use_first_at(1, app, "USE two", changed));
        const auto is_asked = [&]() -> asio::awaitable<bool> {
            co_return uses_heard_by(cluster, 2) != before;
        };
        co_await cluster.become(is_asked);
        const auto made = co_await beside.prepare(bare_cql, at_node(2));
        CHECK(!changed);
        const std::string id(reinterpret_cast<const char*>(made.id().data()), made.id().size());
        CHECK(id == std::string(bare_cql) + "two"); // as the scripted node makes them
        co_await app.close();
        co_await come_true(cluster, [&] { return changed.has_value(); });
        co_await beside.close();
    });
}

TEST_CASE("A session that is closed, or loses its io_context, ends a change of keyspace") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.node(2).options().silent_statement = "USE ";
        used first;
        used second;
        start(cluster.context, use_to(app, "other", first));
        start(cluster.context, use_to(app, "third", second));
        co_await come_true(cluster, [&] { return uses_heard_by(cluster, 2) == 1; });
        co_await app.close();
        co_await come_true(cluster, [&] { return first && second; });
        for (const auto* const each : {&first, &second}) {
            REQUIRE(!(*each)->has_value());
            CHECK((*each)->error().is(errc::connection_closed));
        }
    });
    for (const int turns : {0, 1, 2, 3, 5, 8, 12, 20, 40}) {
        session left;
        {
            session_cluster other(2, 2);
            bool begun = false;
            start(other.context,
                  [](session_cluster& all, session& left, bool& begun) -> asio::awaitable<void> {
                      left = co_await all.connected();
                      begun = true;
                      for (;;)
                          co_await left.use_keyspace("other");
                  }(other, left, begun));
            other.until([&] { return begun; });
            for (int i = 0; i < turns; ++i)
                other.context.run_one();
        }
        CHECK(left);
    }
}

TEST_CASE("A keyspace can be changed from another executor") {
    session_cluster cluster(2);
    world other(world_kind::pool);
    session app;
    cluster.run([&]() -> asio::awaitable<void> { app = co_await cluster.connected(); });
    const auto use_twice = [](session app) -> asio::awaitable<std::string> {
        co_await app.use_keyspace("one");
        const auto answer = co_await app.query("USE two");
        co_return answer.keyspace();
    };
    CHECK(from_elsewhere(cluster, other, use_twice(app)) == "two");
    cluster.run([&]() -> asio::awaitable<void> {
        const auto met = co_await keyspaces_met(cluster, app);
        CHECK(met == keyspaces{"two"});
        co_await app.close();
    });
}
