#include "../worlds.hpp"
#include "cluster_thread.hpp"
#include "noting_cluster.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <map>
#include <thread>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

TEST_CASE(
    "While a thousand requests run their profile is replaced: each goes by one of both, whole, "
    "and those that begin after it by the new one") {
    using enum consistency;
    const on_the_wire even{two, serial, 200};
    const on_the_wire odd{three, local_serial, 300};
    const auto profile_of = [](const on_the_wire& how) {
        auto made = execution_profile().consistency(how.level).serial_consistency(*how.serial);
        return made.page_size(how.rows);
    };
    for (const bool is_default : {false, true}) {
        noting_cluster cluster(2, 2);
        const std::string name = is_default ? execution_profile::default_name : "busy";
        cluster.options.execution_profile(name, profile_of(even));
        std::map<std::string, on_the_wire> seen;
        cluster.answer = [&](int, const node_request& request) -> std::optional<node_reply> {
            const on_the_wire how{request.consistency, request.serial_consistency,
                                  request.page_size};
            if (!request.values.empty())
                seen[cluster.requests.back().key] = how;
            return std::nullopt;
        };
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto find = co_await app.prepare(session_cluster::find_cql);
            int generation = 0; ///< of which all is known: its replacement has returned
            bool replacing = false;
            std::size_t running = 20;
            std::size_t surely = 0;
            std::map<std::string, int> begun_with;
            const auto worker = [&](int who) -> asio::awaitable<void> {
                for (int i = 0; i < 50; ++i) {
                    const auto key = std::to_string(who) + "/" + std::to_string(i);
                    if (!replacing)
                        begun_with[key] = generation;
                    auto asking =
                        is_default ? app.execute(find, key) : app.execute(find, by("busy"), key);
                    co_await std::move(asking);
                }
                --running;
            };
            for (int who = 0; who < 20; ++who)
                start(cluster.context, worker(who));
            while (running != 0) {
                replacing = true;
                const auto& next = (generation + 1) % 2 == 0 ? even : odd;
                auto doing = app.replace_execution_profile(name, profile_of(next));
                co_await std::move(doing);
                ++generation;
                replacing = false;
                co_await asio::post(cluster.context, asio::use_awaitable);
                co_await asio::post(cluster.context, asio::use_awaitable);
            }
            CHECK(generation > 10);
            CHECK(seen.size() == 1000);
            for (const auto& [key, how] : seen) {
                CHECK((how == even || how == odd));
                if (const auto known = begun_with.find(key); known != begun_with.end()) {
                    CHECK(how == (known->second % 2 == 0 ? even : odd));
                    ++surely;
                }
            }
            CHECK(surely > 100);
            co_await app.close();
        });
    }
}

TEST_CASE("A request that is sent again goes by the profile that it began with") {
    using enum consistency;
    noting_cluster cluster(1);
    cluster.options.execution_profile("one", execution_profile().consistency(two).page_size(2));
    bool forget = false;
    bool forgotten = false;
    cluster.node(1).options().forgets = [&](const std::string&) {
        return forget && !std::exchange(forgotten, true);
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        forget = true;
        auto replacing = [&]() -> asio::awaitable<int> {
            auto doing = app.replace_execution_profile(
                "one", execution_profile().consistency(three).page_size(3));
            co_await std::move(doing);
            co_return cluster.requests.empty() ? 1 : 2;
        };
        auto both = app.execute(find, by("one"), "key") && replacing();
        const auto [answer, when] = co_await std::move(both);
        CHECK(when == 1); // it was replaced before the request was answered
        CHECK(forgotten);
        CHECK(cluster.requests.size() == 1);
        CHECK(cluster.last == on_the_wire{two, std::nullopt, 2});
        auto again = app.execute(find, by("one"), "key");
        co_await std::move(again);
        CHECK(cluster.last == on_the_wire{three, std::nullopt, 3});
        co_await app.close();
    });
}

TEST_CASE("A request that waits while its profile is replaced goes elsewhere by the one that it "
          "began with, too") {
    session_cluster cluster(4);
    have_datacenters(cluster, datacenter_names{"dc1", "dc1", "dc2", "dc2"});
    cluster.options.local_datacenter("dc1");
    cluster.options.connection().max_in_flight(1);
    const auto there = execution_profile().local_datacenter("dc2");
    cluster.options.execution_profile("moving", there);
    cluster.options.execution_profile("staying", there); // the nodes are used on
    for (const int number : {3, 4})
        cluster.node(number).options().silent_statement = "SELECT silence";
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (const int number : {3, 4})
            start(cluster.context, [](session app, uuid node) -> asio::awaitable<void> {
                const auto where = request_route::to_host(node);
                auto asking =
                    as_result(app.query("SELECT silence", statement_options().route(where)));
                static_cast<void>(co_await std::move(asking));
            }(app, id_of(number)));
        const auto are_busy = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.metrics();
            co_return now.in_flight == 2;
        };
        co_await cluster.become(are_busy);
        int ended = 0;
        const auto waiting = [](session app, int& ended) -> asio::awaitable<void> {
            auto asking = as_result(app.query(read_cql, by("moving")));
            static_cast<void>(co_await std::move(asking));
            ++ended;
        };
        for (int i = 0; i < 20; ++i)
            start(cluster.context, waiting(app, ended));
        for (int i = 0; i < 20; ++i)
            co_await asio::post(cluster.context, asio::use_awaitable);
        co_await app.replace_execution_profile("moving", execution_profile());
        CHECK(ended == 0);
        cluster.requests.clear();
        cluster.node(3).drop_connections();
        cluster.node(4).drop_connections();
        const auto all_ended = [&]() -> asio::awaitable<bool> { co_return ended == 20; };
        co_await cluster.become(all_ended);
        const auto now = co_await app.metrics();
        CHECK(now.retries >= 20);
        CHECK(!cluster.nodes_asked().contains(1));
        CHECK(!cluster.nodes_asked().contains(2));
        co_await app.query(read_cql, by("moving"));
        CHECK(cluster.requests.back().node < 3);
        co_await app.close();
    });
}

TEST_CASE("A profile of another data centre counts when its nodes have connections; those to nodes "
          "that no profile uses any more end when what is in flight is answered") {
    for_each_speech([](speech how) {
        noting_cluster cluster(4, 0, how);
        have_datacenters(cluster, datacenter_names{"dc1", "dc1", "dc2", "dc2"});
        cluster.options.local_datacenter("dc1");
        cluster.options.execution_profile("moving", execution_profile());
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            auto hosts = co_await app.hosts();
            CHECK(!is_used(hosts, 3));
            CHECK(connections_to(hosts, 3) + connections_to(hosts, 4) == 0);

            const auto there = execution_profile().local_datacenter("dc2");
            const auto failures = co_await app.metrics();
            co_await app.replace_execution_profile("moving", there);
            hosts = co_await app.hosts();
            CHECK(connections_to(hosts, 3) == 1);
            CHECK(connections_to(hosts, 4) == 1);
            const auto moved = co_await asked_by(cluster, app, "moving");
            CHECK(moved == std::set<int>{3, 4});
            const auto usual = co_await asked_by(cluster, app, "");
            CHECK(usual == std::set<int>{1, 2});

            // Requests are under way there while it is taken back.
            for (const int number : {3, 4})
                cluster.node(number).options().delay = [](const std::string& cql) {
                    return cql == read_cql ? 200ms : 0ms;
                };
            std::size_t answered = 0;
            const auto asking = [&]() -> asio::awaitable<void> {
                auto doing = app.query(read_cql, by("moving"));
                co_await std::move(doing);
                ++answered;
            };
            cluster.requests.clear();
            for (int i = 0; i < 50; ++i)
                start(cluster.context, asking());
            while (cluster.requests.size() != 50)
                co_await asio::post(cluster.context, asio::use_awaitable);
            CHECK(cluster.nodes_asked() == std::set<int>{3, 4});
            CHECK(answered == 0);
            co_await app.replace_execution_profile("moving", execution_profile());
            CHECK(answered == 0);
            hosts = co_await app.hosts();
            CHECK(!is_used(hosts, 3));
            const auto back = co_await asked_by(cluster, app, "moving");
            CHECK(back == std::set<int>{1, 2});
            const auto all_answered = [&]() -> asio::awaitable<bool> {
                const auto now = co_await app.metrics();
                co_return answered == 50 && now.connections == 2 &&
                    cluster.node(3).shards_of_connections().empty() &&
                    cluster.node(4).shards_of_connections().empty();
            };
            co_await cluster.become(all_answered);
            const auto now = co_await app.metrics();
            CHECK(now.counts.failures.all() == failures.counts.failures.all());
            CHECK(now.retries == 0);

            // And there again, which makes new ones.
            co_await app.replace_execution_profile("moving", there);
            const auto again = co_await asked_by(cluster, app, "moving");
            CHECK(again == std::set<int>{3, 4});
            co_await app.close();
        });
    });
}

TEST_CASE("A profile whose nodes cannot be used is not put in force, and all stays as it was") {
    session_cluster cluster(4);
    have_datacenters(cluster, datacenter_names{"dc1", "dc1", "dc2", "dc2"});
    cluster.options.local_datacenter("dc1");
    cluster.options.execution_profile("moving", execution_profile().timeout(9s));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.node(3).stop();
        cluster.node(4).stop();
        auto moving = as_result(
            app.replace_execution_profile("moving", execution_profile().local_datacenter("dc2")));
        const auto dead = co_await std::move(moving);
        REQUIRE(!dead.has_value());
        CHECK(dead.error().is(errc::no_host_available));
        CHECK(dead.error().attempts().size() == 2);
        auto leaving = as_result(
            app.replace_execution_profile("moving", execution_profile().local_datacenter("dc3")));
        const auto none = co_await std::move(leaving);
        REQUIRE(!none.has_value());
        CHECK(none.error().is(errc::bad_configuration));
        CHECK(none.error().advice().find("dc1, dc2") != std::string_view::npos);
        const auto usual = co_await asked_by(cluster, app, "moving");
        CHECK(usual == std::set<int>{1, 2});
        const auto hosts = co_await app.hosts();
        CHECK(!is_used(hosts, 3));

        // The rest of a profile can be changed also while none of its nodes is there.
        cluster.node(1).stop();
        cluster.node(2).stop();
        co_await app.replace_execution_profile("moving", execution_profile().timeout(0s));
        co_await app.close();
    });
}

TEST_CASE("Replacements come one after another; one that is cancelled, or overtaken by close(), "
          "changes nothing") {
    using enum consistency;
    noting_cluster cluster(2);
    have_datacenters(cluster, datacenter_names{"dc1", "dc2"});
    cluster.options.local_datacenter("dc1");
    cluster.options.execution_profile("moving", execution_profile().consistency(one));
    // The other node accepts, and says nothing.
    cluster.node(2).options().silent = silence::at_options;
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto there = execution_profile().consistency(two).local_datacenter("dc2");
        asio::steady_timer soon(cluster.context, 50ms);
        auto cancelled = as_result(app.replace_execution_profile("moving", there)) ||
                         soon.async_wait(asio::use_awaitable);
        const auto which = co_await std::move(cancelled);
        CHECK(which.index() == 1);
        co_await app.query(read_cql, by("moving"));
        CHECK(cluster.last.level == one);
        auto hosts = co_await app.hosts();
        CHECK(!is_used(hosts, 2));

        // The second one waits for the first, which is given up.
        asio::steady_timer later(cluster.context, 50ms);
        const auto give_up = [&]() -> asio::awaitable<int> {
            auto either = as_result(app.replace_execution_profile("moving", there)) ||
                          later.async_wait(asio::use_awaitable);
            const auto ended = co_await std::move(either);
            co_return static_cast<int>(ended.index());
        };
        const auto second = execution_profile().consistency(three);
        const auto third = execution_profile().consistency(all);
        auto three_of_them = give_up() &&
                             as_result(app.replace_execution_profile("moving", second)) &&
                             as_result(app.replace_execution_profile("moving", third));
        const auto [first_ended, second_done, third_done] = co_await std::move(three_of_them);
        CHECK(first_ended == 1);
        CHECK(second_done.has_value());
        CHECK(third_done.has_value());
        co_await app.query(read_cql, by("moving"));
        CHECK(cluster.last.level == all);

        const auto close_soon = [&]() -> asio::awaitable<int> {
            asio::steady_timer moment(cluster.context, 20ms);
            co_await moment.async_wait(asio::use_awaitable);
            co_await app.close();
            co_return 0;
        };
        auto until_closed = as_result(app.replace_execution_profile("moving", there)) &&
                            as_result(app.replace_execution_profile("moving", second)) &&
                            close_soon();
        const auto [first, other, closed] = co_await std::move(until_closed);
        CHECK(closed == 0);
        CHECK(first.error().is(errc::connection_closed));
        CHECK(other.error().is(errc::connection_closed));
    });
}

namespace {

/// How many of its requests went by what it had put in force before.
asio::awaitable<int> replace_and_ask(session app, std::string name) {
    using enum consistency;
    int right = 0;
    for (int i = 0; i < 30; ++i) {
        const auto level = i % 2 == 0 ? two : three;
        auto replacing =
            app.replace_execution_profile(name, execution_profile().consistency(level));
        co_await std::move(replacing);
        auto asking = app.query(read_cql, by(name));
        const auto told = co_await std::move(asking);
        right += text_of(told) == to_string(level) ? 1 : 0;
        auto unknown = as_result(app.query(read_cql, by("none")));
        const auto refused = co_await std::move(unknown);
        right += !refused.has_value() && refused.error().is(errc::not_found) ? 1 : 0;
    }
    co_return right;
}

/// How many of its requests went by one of the two.
asio::awaitable<int> only_ask(session app, std::string name) {
    int right = 0;
    for (int i = 0; i < 60; ++i) {
        auto asking = app.query(read_cql, by(name));
        const auto told = co_await std::move(asking);
        const auto level = text_of(told);
        right += level == "TWO" || level == "THREE" ? 1 : 0;
    }
    co_return right;
}

asio::awaitable<void> close_session(session app) {
    co_await app.close();
}

} // namespace

TEST_CASE("R30 profiles are replaced from any thread, and a request that begins after it, there or "
          "elsewhere, goes by the new one") {
    cluster_thread cluster(2, 2, speech::plain, [](session_cluster& all) {
        all.answer = [](int, const node_request& request) { // how it was asked
            return std::optional(rows_of({std::string(to_string(request.consistency))}));
        };
    });
    for (const auto kind : all_worlds) {
        CAPTURE(name_of(kind));
        world home(kind);
        world away(world_kind::pool);
        auto how = cluster.options();
        const auto two = execution_profile().consistency(consistency::two);
        for (int i = 0; i < 4; ++i)
            how.execution_profile("profile " + std::to_string(i), two);
        auto app = asio::co_spawn(home.executor(), ready_session(how), asio::use_future).get();
        std::vector<std::future<int>> ends;
        for (int i = 0; i < 4; ++i) {
            const auto name = "profile " + std::to_string(i);
            auto& one = i % 2 == 0 ? home : away;
            auto& other = i % 2 == 0 ? away : home;
            ends.push_back(
                asio::co_spawn(one.executor(), replace_and_ask(app, name), asio::use_future));
            ends.push_back(asio::co_spawn(other.executor(), only_ask(app, name), asio::use_future));
        }
        for (auto& each : ends)
            CHECK(each.get() == 60);
        asio::co_spawn(away.executor(), close_session(app), asio::use_future).get();
        app = {};
    }
}
