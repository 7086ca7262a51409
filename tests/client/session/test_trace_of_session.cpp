#include "../traced.hpp"
#include "from_elsewhere.hpp"
#include "schema_of_cluster.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <optional>
#include <set>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// Nodes that all have the same traces, and take down who is asked for them, and how.
class tracing_cluster : public session_cluster {
  public:
    explicit tracing_cluster(int size) : session_cluster(size) {
        for (int number = 1; number <= size; ++number) {
            auto& options = node(number).options();
            options.answer_request =
                [this, number, before = options.answer_request](
                    const testing::node_request& request) -> std::optional<testing::node_reply> {
                if (request.cql.find("system_traces") == std::string::npos)
                    return before(request);
                asked_nodes.insert(number);
                levels.insert(request.consistency);
                if (knows_none)
                    return testing::rows_of(std::vector<std::string>());
                return server.answer(request.cql);
            };
        }
    }

    traced server;
    bool knows_none = false;
    std::set<int> asked_nodes;
    std::set<consistency> levels;
};

using fetched_trace = std::optional<result<trace>>;

asio::awaitable<void> fetch_to(session app, uuid id, time_limit patience, fetched_trace& into) {
    auto fetching = as_result(app.fetch_trace(id, patience));
    into = co_await std::move(fetching);
}

} // namespace

TEST_CASE("A session fetches a trace of its nodes, when it is complete or as far as it is") {
    tracing_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (int i = 0; i < 20; ++i) {
            cluster.server.asked = 2;
            const auto trace = co_await app.fetch_trace(cluster.server.id);
            CHECK(trace.is_complete());
            CHECK(trace.id == cluster.server.id);
            CHECK(trace.request == "Execute CQL3 query");
            CHECK(trace.events.size() == 3);
        }
        CHECK(cluster.asked_nodes.size() > 1);
        CHECK(cluster.levels == std::set<consistency>{consistency::one});
        cluster.server.asked = 0;
        const auto patiently = co_await app.fetch_trace(cluster.server.id);
        CHECK(patiently.is_complete());
        CHECK(cluster.server.asked == 3);
        cluster.server.asked = 0;
        const auto at_once = co_await app.fetch_trace(cluster.server.id, 0s);
        CHECK(!at_once.is_complete());
        CHECK(cluster.server.asked == 1);
        cluster.knows_none = true;
        const auto none = co_await as_result(app.fetch_trace(cluster.server.id, 0s));
        REQUIRE(!none.has_value());
        CHECK(none.error().is(errc::not_found));
        co_await app.close();
        session nothing;
        const auto of_nobody = co_await as_result(nothing.fetch_trace(cluster.server.id));
        REQUIRE(!of_nobody.has_value());
        CHECK(of_nobody.error().is(errc::connection_closed));
    });
}

TEST_CASE("A trace is waited for by a session until that is cancelled, or the session is closed") {
    tracing_cluster cluster(2);
    cluster.server.complete_after = 1'000'000;
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        fetched_trace cancelled;
        asio::cancellation_signal stop;
        asio::co_spawn(cluster.context, fetch_to(app, cluster.server.id, std::nullopt, cancelled),
                       asio::bind_cancellation_slot(stop.slot(), rethrow));
        co_await come_true(cluster, [&] { return cluster.server.asked > 1; });
        stop.emit(asio::cancellation_type::terminal);
        co_await come_true(cluster, [&] { return cancelled.has_value(); });
        REQUIRE(!cancelled->has_value());
        CHECK(cancelled->error().is(errc::cancelled));
        fetched_trace closed;
        cluster.server.asked = 0;
        start(cluster.context, fetch_to(app, cluster.server.id, std::nullopt, closed));
        co_await come_true(cluster, [&] { return cluster.server.asked > 1; });
        co_await app.close();
        co_await come_true(cluster, [&] { return closed.has_value(); });
        REQUIRE(!closed->has_value());
        CHECK(closed->error().is(errc::connection_closed));
    });
}

TEST_CASE(
    "A trace can be fetched_trace from another executor, and its wait goes with the io_context") {
    {
        tracing_cluster cluster(2);
        world other(world_kind::pool);
        session app;
        cluster.run([&]() -> asio::awaitable<void> { app = co_await cluster.connected(); });
        const auto fetch = [](session app, uuid id) -> asio::awaitable<bool> {
            const auto trace = co_await app.fetch_trace(id);
            co_return trace.is_complete();
        };
        CHECK(from_elsewhere(cluster, other, fetch(app, cluster.server.id)));
        cluster.run([&]() -> asio::awaitable<void> { co_await app.close(); });
    }
    session left;
    {
        tracing_cluster cluster(2);
        cluster.server.complete_after = 1'000'000;
        start(cluster.context, [](tracing_cluster& all, session& left) -> asio::awaitable<void> {
            left = co_await all.connected();
            co_await left.fetch_trace(all.server.id, std::nullopt);
        }(cluster, left));
        cluster.until([&] { return cluster.server.asked > 2; });
    }
    CHECK(left);
}
