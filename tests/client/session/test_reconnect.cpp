#include "schema_of_cluster.hpp"
#include "timed_cluster.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

namespace {

asio::awaitable<void> lose_second(timed_cluster& cluster) {
    co_await cluster.open();
    cluster.stop(2);
    const auto is_down = [&] { return cluster.core->hosts()[1].status == host_status::down; };
    co_await come_true(cluster, is_down);
}

} // namespace

TEST_CASE("A node that is back is connected to when that is asked for, before it is time to") {
    for (const std::uint32_t shards : {0U, 2U}) {
        CAPTURE(shards);
        timed_cluster cluster(3, shards);
        cluster.run([&]() -> asio::awaitable<void> {
            co_await lose_second(cluster);
            for (int vain = 0; vain < 3; ++vain) {
                const auto tried = co_await cluster.core->reconnect();
                CHECK(tried.has_value());
                CHECK(cluster.core->hosts()[1].status == host_status::down);
            }
            cluster.start(2);
            const auto found = co_await cluster.core->reconnect();
            CHECK(found.has_value());
            const auto hosts = cluster.core->hosts();
            CHECK(hosts[1].status == host_status::up);
            CHECK(hosts[1].connections == std::max(shards, 1U));
            const auto before = cluster.core->metrics().connections;
            const auto nothing_to_do = co_await cluster.core->reconnect();
            CHECK(nothing_to_do.has_value());
            CHECK(cluster.core->metrics().connections == before);
            co_await cluster.find(300);
            CHECK(cluster.asked_since()[2] != 0);
            co_await cluster.close();
        });
    }
}

TEST_CASE("It is connected to by the first call after it is back, however many there were before") {
    for (int vain = 0; vain < 5; ++vain) {
        CAPTURE(vain);
        timed_cluster cluster(2);
        cluster.run([&]() -> asio::awaitable<void> {
            co_await lose_second(cluster);
            for (int i = 0; i < vain; ++i) {
                const auto tried = co_await cluster.core->reconnect();
                CHECK(tried.has_value());
            }
            cluster.start(2);
            const auto found = co_await cluster.core->reconnect();
            CHECK(found.has_value());
            CHECK(cluster.core->hosts()[1].status == host_status::up);
            co_await cluster.close();
        });
    }
}

TEST_CASE(
    "Of a node that has no connection it is told why, and of one that is back why it had none") {
    timed_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        co_await cluster.open();
        for (const auto& each : cluster.core->hosts())
            CHECK(!each.last_failure);
        cluster.node(2).drop_connections();
        const auto is_lost = [&] { return cluster.core->hosts()[1].last_failure.has_value(); };
        co_await come_true(cluster, is_lost);
        const auto lost = cluster.core->hosts()[1].last_failure;
        CHECK(lost->is(errc::connection_lost));
        CHECK(lost->endpoint() == cluster.node(2).where().to_string());
        cluster.stop(2);
        // One that was being opened as the node went may have failed otherwise.
        const auto is_refused = [&]() -> asio::awaitable<bool> {
            static_cast<void>(co_await cluster.core->reconnect());
            const auto now = cluster.core->hosts()[1];
            co_return now.connections == 0 && now.last_failure->is(errc::connect_failed);
        };
        co_await cluster.become(is_refused);
        CHECK(!cluster.core->hosts()[0].last_failure);
        cluster.start(2);
        static_cast<void>(co_await cluster.core->reconnect());
        const auto back = cluster.core->hosts()[1];
        CHECK(back.connections == 1);
        REQUIRE(back.last_failure);
        CHECK(back.last_failure->is(errc::connect_failed));
        const auto known = cluster.core->known_cluster();
        CHECK(known.hosts()[1].last_failure);
        co_await cluster.core->close();
        for (const auto& each : cluster.core->hosts())
            CHECK(!each.last_failure);
        co_await cluster.close();
    });
}

TEST_CASE("Of several who ask for it none is forgotten, nor when the session is closed, or one "
          "waits no more") {
    session_cluster cluster(2);
    cluster.options.connection().connect_timeout(std::nullopt);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.stop(2);
        const auto is_down = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.hosts();
            co_return now[1].status == host_status::down;
        };
        co_await cluster.become(is_down);
        cluster.start(2);
        cluster.node(2).options().silent = silence::at_accept;
        asio::steady_timer soon(cluster.context, 50ms);
        auto racing = as_result(app.reconnect()) || soon.async_wait(asio::use_awaitable);
        const auto outcome = co_await std::move(racing);
        CHECK(outcome.index() == 1);
        int heard = 0;
        const auto wait = [](session app, int& heard) -> asio::awaitable<void> {
            const auto ended = co_await as_result(app.reconnect());
            REQUIRE(!ended.has_value());
            CHECK(ended.error().is(errc::connection_closed));
            ++heard;
        };
        for (int i = 0; i < 3; ++i)
            start(cluster.context, wait(app, heard));
        soon.expires_after(10ms);
        co_await soon.async_wait(asio::use_awaitable);
        CHECK(heard == 0);
        co_await app.close();
        const auto all_heard = [&] { return heard == 3; };
        co_await come_true(cluster, all_heard);
    });
}

TEST_CASE("Also siblings, and handles that are of no session, can be asked to reconnect") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        session nothing;
        const auto none = co_await as_result(nothing.reconnect());
        CHECK(none.error().is(errc::connection_closed));
        auto app = co_await cluster.connected();
        auto beside = co_await app.on(cluster.context.get_executor());
        co_await beside.ready();
        cluster.stop(2);
        session* const both[] = {&beside, &app};
        for (auto* const each : both) {
            const auto lost = [&]() -> asio::awaitable<bool> {
                const auto now = co_await each->hosts();
                co_return now[1].connections == 0;
            };
            co_await cluster.become(lost);
        }
        cluster.start(2);
        for (auto* const each : both) {
            co_await each->reconnect();
            const auto now = co_await each->hosts();
            CHECK(now[1].connections == 1);
        }
        co_await app.close();
        const auto closed = co_await as_result(app.reconnect());
        CHECK(closed.error().is(errc::connection_closed));
        co_await beside.close();
    });
}
