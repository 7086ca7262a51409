#include "cluster_thread.hpp"
#include "noting_cluster.hpp"
#include "ready_sibling.hpp"
#include "schema_of_cluster.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

namespace {

std::size_t connections_of(const std::vector<host_info>& hosts) {
    std::size_t all = 0;
    for (const auto& each : hosts)
        all += each.connections;
    return all;
}

std::size_t open_connections(const session_cluster& cluster) {
    std::size_t all = 0;
    for (const auto& each : cluster.nodes)
        all += each->accepted() - each->endings().size();
    return all;
}

} // namespace

TEST_CASE("What the first session is told of nodes its siblings know, too, and use them") {
    session_cluster cluster(3);
    cluster.gone = {3};
    cluster.know_all();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto there = co_await sibling_beside(cluster, app);
        CHECK((co_await there.hosts()).size() == 2);
        cluster.gone = {};
        cluster.know_all();
        cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(there, 3);
        const auto find = co_await there.prepare(session_cluster::find_cql);
        cluster.requests.clear();
        for (int i = 0; i < 100; ++i)
            co_await there.execute(find, "key " + std::to_string(i));
        CHECK(cluster.nodes_asked().size() == 3);
        cluster.gone = {3};
        cluster.know_all();
        cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(there, 2);
        const auto known = co_await there.metadata();
        CHECK(known.hosts().size() == 2);
        // Only the first has a control connection, and events are told to one of each node's.
        CHECK((co_await there.metrics()).events == (co_await app.metrics()).events);
        co_await app.close();
        co_await there.close();
    });
    CHECK(cluster.node(1).statements().size() != 0);
}

TEST_CASE("A sibling that changes the schema waits for the nodes to agree, and then knows it; on "
          "the first one's executor as well") {
    session_cluster cluster(2);
    cluster.answer = [&](int, const node_request& request) -> std::optional<node_reply> {
        if (!request.cql.starts_with("CREATE TABLE"))
            return std::nullopt;
        for (const int node : {1, 2}) {
            have_version(cluster, node, schema_version(2));
            have_new_table(cluster, node, "made");
        }
        return changed_schema(made_table);
    };
    for (const bool same : {false, true}) {
        CAPTURE(same);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            asio::any_io_executor where = asio::make_strand(cluster.context);
            if (same)
                where = app.get_executor();
            auto making = sibling_of(app, where);
            auto there = co_await std::move(making);
            const auto made = co_await there.query(make_table_cql);
            REQUIRE(made.schema_agreement());
            CHECK(made.schema_agreement()->is_reached);
            CHECK(made.schema_agreement()->is_read);
            CHECK(made.schema_agreement()->nodes.size() == 2);
            const auto known_there = co_await there.metadata();
            CHECK(known_there.table("app", "made") != nullptr);
            const auto known = co_await app.metadata();
            CHECK(known.table("app", "made") != nullptr);
            const auto again = co_await there.await_schema_agreement();
            CHECK(again.is_reached);
            co_await app.close();
            co_await there.close();
        });
    }
}

TEST_CASE("Where tablets are one sibling learns for all, and a later one begins with it") {
    session_cluster cluster(3, 2);
    cluster.have_tablets(16);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto there = co_await sibling_beside(cluster, app);
        const auto ask_all = [&](session who) -> asio::awaitable<int> {
            const auto find = co_await who.prepare(session_cluster::find_cql);
            cluster.told = 0;
            for (int i = 0; i < 200; ++i)
                co_await who.execute(find, "key " + std::to_string(i));
            co_return cluster.told;
        };
        const auto learn_all = [&](session who) -> asio::awaitable<void> {
            for (int told = 1; told != 0;) {
                auto asking = ask_all(who);
                told = co_await std::move(asking);
            }
        };
        auto first = ask_all(there);
        CHECK(co_await std::move(first) > 0);
        auto rest = learn_all(there);
        co_await std::move(rest);
        auto of_first = ask_all(app);
        CHECK(co_await std::move(of_first) == 0);
        cluster.moved = 1;
        auto learnt = learn_all(app);
        co_await std::move(learnt);
        auto of_sibling = ask_all(there);
        CHECK(co_await std::move(of_sibling) == 0);
        auto later = co_await sibling_beside(cluster, app);
        auto of_later = ask_all(later);
        CHECK(co_await std::move(of_later) == 0);
        co_await app.close();
        co_await there.close();
        co_await later.close();
    });
}

TEST_CASE("A statement that one sibling has prepared is not prepared again for another") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto there = co_await sibling_beside(cluster, app);
        auto yonder = co_await sibling_beside(cluster, there);
        const auto prepared = [&] { return cluster.node(1).count(opcode::prepare); };
        const auto before = prepared();
        co_await there.prepare(session_cluster::find_cql);
        CHECK(prepared() == before + 1);
        co_await yonder.prepare(session_cluster::find_cql);
        co_await app.prepare(session_cluster::find_cql);
        co_await there.prepare(session_cluster::find_cql);
        CHECK(prepared() == before + 1);
        // At once.
        auto both =
            there.prepare(session_cluster::put_cql) && yonder.prepare(session_cluster::put_cql);
        co_await std::move(both);
        CHECK(prepared() == before + 2);
        co_await app.close();
        co_await there.close();
        co_await yonder.close();
    });
}

TEST_CASE("close() of the session ends its siblings, that of a sibling itself alone") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto there = co_await sibling_beside(cluster, app);
        auto yonder = co_await sibling_beside(cluster, app);
        co_await yonder.close();
        auto refused = co_await as_result(yonder.query("SELECT v FROM app.t"));
        REQUIRE(!refused);
        CHECK(refused.error().is(errc::connection_closed));
        co_await app.query("SELECT v FROM app.t");
        co_await there.query("SELECT v FROM app.t");
        CHECK((co_await there.metrics()).connections == 4);
        co_await app.close();
        co_await there.close();
        refused = co_await as_result(there.query("SELECT v FROM app.t"));
        REQUIRE(!refused);
        CHECK(refused.error().is(errc::connection_closed));
        refused = co_await as_result(app.query("SELECT v FROM app.t"));
        CHECK(!refused);
        const auto none = co_await as_result(there.on(cluster.context.get_executor()));
        REQUIRE(!none);
        CHECK(none.error().is(errc::connection_closed));
        const auto gone = [&]() -> asio::awaitable<bool> {
            co_return open_connections(cluster) == 0;
        };
        co_await cluster.become(gone);
    });
}

TEST_CASE("A session lives as long as any handle of its siblings, and ends with the last") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto there = co_await sibling_beside(cluster, app);
        app = session();
        cluster.gone = {2};
        cluster.know_all(); // the control connection is there as well
        cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.2", cluster.port});
        co_await cluster.know_nodes(there, 1);
        co_await there.query("SELECT v FROM app.t");
        auto yonder = co_await sibling_beside(cluster, there);
        there = session();
        co_await yonder.prepare(session_cluster::find_cql);
        CHECK((co_await yonder.metrics()).connections == 2);
        yonder = session();
        const auto gone = [&]() -> asio::awaitable<bool> {
            co_return open_connections(cluster) == 0;
        };
        co_await cluster.become(gone);
    });
}

TEST_CASE("A sibling whose io_context is destroyed is gone; the others go on, and metrics() waits "
          "for nobody") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        session there;
        {
            asio::io_context other(1);
            bool over = false;
            start(other,
                  [](session app, asio::io_context& other, session& there,
                     bool& over) -> asio::awaitable<void> {
                      auto making = sibling_of(std::move(app), other.get_executor());
                      there = co_await std::move(making);
                      over = true;
                  }(app, other, there, over));
            while (!over) {
                other.restart();
                other.poll();
                co_await asio::post(cluster.context, asio::use_awaitable);
            }
        }
        CHECK((co_await app.metrics()).connections == 2);
        cluster.tell_all(status_change{"UP", "127.0.0.2", cluster.port});
        co_await app.query("SELECT v FROM app.t");
        const auto refused = co_await as_result(there.query("SELECT v FROM app.t"));
        REQUIRE(!refused);
        CHECK(refused.error().is(errc::connection_closed));
        // What the others share is there for it, too.
        CHECK((co_await there.metrics()).connections == 2);
        const auto none = co_await as_result(there.hosts());
        REQUIRE(!none);
        co_await there.close();
        co_await app.close();
    });
}

TEST_CASE("Where the first session's io_context is gone its siblings serve on by what they know, "
          "and what only it can do fails") {
    session_cluster cluster(2);
    auto home = std::make_unique<asio::io_context>(1);
    cluster.run([&]() -> asio::awaitable<void> {
        session there;
        bool over = false;
        start(*home,
              [](session_cluster& cluster, session& there, bool& over) -> asio::awaitable<void> {
                  auto app = co_await ready_session(cluster.options);
                  auto making = sibling_of(app, cluster.context.get_executor());
                  there = co_await std::move(making);
                  co_await there.prepare(session_cluster::put_cql);
                  over = true;
              }(cluster, there, over));
        while (!over) {
            home->restart();
            home->poll();
            co_await asio::post(cluster.context, asio::use_awaitable);
        }
        home.reset();
        co_await there.query("SELECT v FROM app.t");
        co_await there.prepare(session_cluster::put_cql);
        CHECK(connections_of(co_await there.hosts()) == 2);
        const auto prepared = co_await as_result(there.prepare(session_cluster::find_cql));
        REQUIRE(!prepared);
        CHECK(prepared.error().is(errc::connection_closed));
        const auto counted = co_await as_result(there.metrics());
        REQUIRE(!counted);
        CHECK(counted.error().is(errc::connection_closed));
        const auto agreed = co_await as_result(there.await_schema_agreement());
        CHECK(!agreed);
        const auto none = co_await as_result(there.on(cluster.context.get_executor()));
        CHECK(!none);
        co_await there.close();
    });
}

TEST_CASE("on() of an empty session, and one that is cancelled, leave nothing behind") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        session nothing;
        const auto none = co_await as_result(nothing.on(cluster.context.get_executor()));
        REQUIRE(!none);
        CHECK(none.error().is(errc::connection_closed));

        auto app = co_await cluster.connected();
        const auto usual = open_connections(cluster);
        for (int turns = 0; turns < 40; ++turns) {
            CAPTURE(turns);
            auto outcome = co_await sibling_cancelled_after(turns, cluster, app);
            if (outcome) {
                auto ending = outcome->close();
                co_await std::move(ending);
            } else {
                CHECK(outcome.error().is(errc::cancelled));
            }
            const auto as_before = [&]() -> asio::awaitable<bool> {
                co_return open_connections(cluster) == usual;
            };
            co_await cluster.become(as_before);
        }
        CHECK((co_await app.metrics()).connections == 2);
        co_await app.close();
    });
}

TEST_CASE("on() of a session that is closed meanwhile says so, and not that it was cancelled") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        int refused = 0;
        for (int turns = 0; turns < 30; ++turns) {
            CAPTURE(turns);
            auto app = co_await cluster.connected();
            std::optional<result<session>> outcome;
            asio::co_spawn(cluster.context, as_result(app.on(asio::make_strand(cluster.context))),
                           [&outcome](std::exception_ptr thrown, result<session> made) {
                               if (thrown)
                                   std::rethrow_exception(thrown);
                               outcome = std::move(made);
                           });
            for (int i = 0; i < turns; ++i)
                co_await asio::post(cluster.context, asio::use_awaitable);
            co_await app.close();
            const auto over = [&]() -> asio::awaitable<bool> { co_return outcome.has_value(); };
            co_await cluster.become(over);
            if (*outcome) {
                auto ending = (*outcome)->close();
                co_await std::move(ending);
                continue;
            }
            ++refused;
            CHECK(outcome->error().is(errc::connection_closed));
        }
        CHECK(refused > 0);
    });
}

TEST_CASE("A profile that is replaced is so for all siblings, and for those to come; new nodes "
          "are connected to first") {
    noting_cluster cluster(4);
    have_datacenters(cluster, {"dc1", "dc1", "dc2", "dc2"});
    cluster.options.local_datacenter("dc1");
    cluster.options.execution_profile("moving", execution_profile().consistency(consistency::two));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto there = co_await sibling_beside(cluster, app);
        CHECK(connections_of(co_await there.hosts()) == 2);
        auto level = there.replace_execution_profile(
            "moving", execution_profile().consistency(consistency::three));
        co_await std::move(level);
        const auto follows = [&]() -> asio::awaitable<bool> {
            auto asking = there.query(read_cql, by("moving"));
            co_await std::move(asking);
            co_return cluster.last.level == consistency::three;
        };
        co_await cluster.become(follows);
        auto of_first = app.query(read_cql, by("moving"));
        co_await std::move(of_first);
        CHECK(cluster.last.level == consistency::three);

        auto place =
            app.replace_execution_profile("moving", execution_profile().local_datacenter("dc2"));
        co_await std::move(place);
        // Until it has connections there it goes by the old one, and none fails.
        bool is_there = false;
        for (int i = 0; i < 10'000 && !is_there; ++i) {
            cluster.requests.clear();
            auto asking = there.query(read_cql, by("moving"));
            co_await std::move(asking);
            is_there = cluster.requests.back().node > 2;
        }
        CHECK(is_there);
        CHECK(connections_of(co_await there.hosts()) == 4);
        auto later = co_await sibling_beside(cluster, there);
        cluster.requests.clear();
        auto asking = later.query(read_cql, by("moving"));
        co_await std::move(asking);
        CHECK(cluster.requests.back().node > 2);

        auto unknown = as_result(there.replace_execution_profile("nobody", execution_profile()));
        const auto refused = co_await std::move(unknown);
        REQUIRE(!refused);
        CHECK(refused.error().is(errc::not_found));
        co_await app.close();
        co_await there.close();
        co_await later.close();
    });
}

TEST_CASE("reload_tls() of a sibling replaces the connections of all") {
    session_cluster cluster(2, 0, speech::tls_1_3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto there = co_await sibling_beside(cluster, app);
        const auto full = [&] {
            std::size_t count = 0;
            for (const auto& each : cluster.nodes)
                count += each->accepted() - each->resumed();
            return count;
        };
        const auto ended = [&] {
            std::size_t count = 0;
            for (const auto& each : cluster.nodes)
                count += each->endings().size();
            return count;
        };
        // Each has tickets of its own: no lock.
        CHECK(full() == 4);
        co_await there.reload_tls();
        // Two pools of two, and the control connection.
        const auto replaced = [&]() -> asio::awaitable<bool> { co_return ended() == 5; };
        co_await cluster.become(replaced);
        co_await cluster.know_nodes(app, 2);
        co_await cluster.know_nodes(there, 2);
        CHECK(full() == 8);
        co_await there.query("SELECT v FROM app.t");
        co_await app.query("SELECT v FROM app.t");
        co_await app.close();
        co_await there.close();
    });
}

TEST_CASE("An observer hears of each sibling's requests by numbers that no other one has") {
    class noting final : public request_observer {
      public:
        void attempt_begun(const request_attempt& which) override {
            numbers.push_back(which.request);
        }
        void attempt_ended(const request_attempt&, const attempt_end&) override {}
        std::vector<std::uint64_t> numbers;
    };
    session_cluster cluster(1);
    const auto observer = std::make_shared<noting>();
    cluster.options.observer(observer);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto there = co_await sibling_beside(cluster, app);
        auto yonder = co_await sibling_beside(cluster, app);
        for (const auto& who : {app, there, yonder})
            for (int i = 0; i < 3; ++i) {
                auto one = who;
                co_await one.query("SELECT v FROM app.t");
            }
        std::ranges::sort(observer->numbers);
        CHECK(observer->numbers.size() == 9);
        CHECK(std::ranges::adjacent_find(observer->numbers) == observer->numbers.end());
        co_await app.close();
        co_await there.close();
        co_await yonder.close();
    });
}

TEST_CASE("Siblings of a session are told apart by nobody who listens: each change once") {
    class counting final : public metadata_listener {
      public:
        void host_added(const host_info&, const cluster_metadata&) override { ++added; }
        int added = 0;
    };
    session_cluster cluster(3);
    cluster.gone = {3};
    cluster.know_all();
    const auto given = std::make_shared<counting>();
    const auto registered = std::make_shared<counting>();
    cluster.options.listener(given);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto there = co_await sibling_beside(cluster, app);
        const auto listening = there.listen(registered);
        cluster.gone = {};
        cluster.know_all();
        cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(there, 3);
        co_await cluster.know_nodes(app, 3);
        CHECK(given->added == 1);
        CHECK(registered->added == 1);
        co_await app.close();
        co_await there.close();
    });
}

TEST_CASE("A sibling of a session that is warm is warm as well") {
    session_cluster cluster(3, 2);
    cluster.have_tablets(16);
    cluster.options.warm_up();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        auto making = app.on(asio::make_strand(cluster.context));
        auto there = co_await std::move(making);
        CHECK((co_await there.metrics()).connections == 2U * 3 * 2);
        CHECK((co_await there.metrics()).tablets_read == 16);
        const auto find = co_await there.prepare(session_cluster::find_cql);
        cluster.told = 0;
        for (int i = 0; i < 200; ++i)
            co_await there.execute(find, "key " + std::to_string(i));
        CHECK(cluster.told == 0);
        co_await app.close();
        co_await there.close();
    });
}
