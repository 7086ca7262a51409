#include "../worlds.hpp"
#include "cluster_thread.hpp"
#include "ready_sibling.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// How many of its answers were right.
asio::awaitable<int> ask_sibling(session app, int who, int count) {
    const auto find = co_await app.prepare(session_cluster::find_cql);
    int right = 0;
    for (int i = 0; i < count; ++i) {
        const auto key = "key " + std::to_string(who) + "/" + std::to_string(i);
        const auto answer = co_await app.execute(find, key);
        for (const auto [value] : answer.rows<std::string>())
            right += value == key ? 1 : 0;
    }
    co_return right;
}

asio::awaitable<void> close_of(session app) {
    co_await app.close();
}

template <class T>
T on_world(world& where, asio::awaitable<T> work) {
    return asio::co_spawn(where.executor(), std::move(work), asio::use_future).get();
}

/// What goes on at once on several threads, and the numbers that it is to come to.
class concurrent_work {
  public:
    void begin(world& where, asio::awaitable<int> work, int right) {
        auto end = asio::co_spawn(where.executor(), std::move(work), asio::use_future);
        all_.push_back({std::move(end), right});
    }
    void end() {
        for (auto& each : all_)
            CHECK(each.end.get() == each.right);
        all_.clear();
    }

  private:
    struct one {
        std::future<int> end;
        int right;
    };
    std::vector<one> all_;
};

/// The keys are their values.
void answers_keys(session_cluster& all) {
    all.value_of = [](const std::string& key) { return key; };
}

/// Makes siblings, asks them, and closes every other one; the rest end with their handles.
asio::awaitable<int> come_and_go(session app, asio::any_io_executor where, int times) {
    int right = 0;
    for (int i = 0; i < times; ++i) {
        auto making = app.on(where);
        auto made = co_await std::move(making);
        auto asking = ask_sibling(made, i, 10);
        right += co_await std::move(asking);
        if (i % 2 == 0) {
            auto closing = made.close();
            co_await std::move(closing);
        }
    }
    co_return right;
}

/// Siblings of both sessions come and go on other threads, while these two are asked.
void come_go_and_ask(concurrent_work& all, world& home, session app, world& second, session there,
                     world& third, int requests) {
    all.begin(second, come_and_go(there, third.executor(), 8), 80);
    all.begin(third, come_and_go(app, second.executor(), 8), 80);
    all.begin(home, ask_sibling(app, 1, requests), requests);
    all.begin(second, ask_sibling(there, 2, requests), requests);
}

asio::awaitable<int> change_and_look(session app, int times) {
    int done = 0;
    for (int i = 0; i < times; ++i) {
        auto replacing = app.replace_execution_profile(
            "own", execution_profile().page_size(100 + i).consistency(consistency::one));
        co_await std::move(replacing);
        auto reading = app.reload_tls();
        co_await std::move(reading);
        auto counting = app.metrics();
        const auto counted = co_await std::move(counting);
        done += counted.hosts.size() == 3 ? 1 : 0;
    }
    co_return done;
}

/// Profiles that keep away from slow nodes, and others that do not, by turns.
asio::awaitable<int> replace_profiles(session app, int times) {
    for (int i = 0; i < times; ++i) {
        execution_profile next;
        if (i % 2 == 0)
            next.latency_awareness(latency_awareness());
        auto replacing = app.replace_execution_profile("own", next);
        co_await std::move(replacing);
    }
    co_return times;
}

} // namespace

TEST_CASE("siblings on threads of their own each send their requests, and each gets its own "
          "answers; metrics() counts those of all") {
    for (const auto how : {speech::plain, speech::tls_1_3}) {
        cluster_thread cluster(3, 2, how, answers_keys);
        for (const auto kind : all_worlds) {
            CAPTURE(name_of(how));
            CAPTURE(name_of(kind));
            world home(kind);
            world second(kind);
            world third(kind);
            auto app = on_world(home, ready_session(cluster.options()));
            const auto before = on_world(home, app.metrics()).requests();
            auto there = on_world(home, sibling_of(app, second.executor()));
            auto yonder = on_world(second, sibling_of(there, third.executor()));
            concurrent_work all;
            for (int who = 0; who < 12; ++who) {
                world* const worlds[] = {&home, &second, &third};
                const session sessions[] = {app, there, yonder};
                // Most where the session lives, some from elsewhere.
                all.begin(*worlds[who % 3], ask_sibling(sessions[(who + who / 9) % 3], who, 30),
                          30);
            }
            all.end();
            const auto counted = on_world(third, yonder.metrics());
            // One PREPARE for all, by the first.
            CHECK(counted.requests() - before == 12 * 30 + 1);
            CHECK(counted.hosts.size() == 3);
            std::size_t connections = 0;
            for (const auto& each : counted.hosts)
                connections += each.connections;
            CHECK(connections == counted.connections);
            CHECK(counted.connections == 3U * 3 * 2);

            on_world(second, close_of(there));
            // The others go on, and what it has counted stays.
            CHECK(on_world(third, ask_sibling(yonder, 100, 5)) == 5);
            CHECK(on_world(home, app.metrics()).requests() - before == 12 * 30 + 1 + 5);
            on_world(home, close_of(app));
            on_world(third, close_of(yonder));
        }
    }
}

TEST_CASE(
    "Siblings come and go on several threads while others send, profiles are replaced, TLS is "
    "read anew and numbers are asked for; none fails") {
    cluster_thread cluster(3, 2, speech::tls_1_3, answers_keys);
    for (const auto kind : {world_kind::one_thread, world_kind::strand_over_pool}) {
        CAPTURE(name_of(kind));
        world home(kind);
        world second(kind);
        world third(kind);
        auto how = cluster.options();
        how.execution_profile("own", execution_profile());
        how.latency_awareness(
            latency_awareness().minimum_measurements(1).tolerance(0s)); // each measures by itself
        auto app = on_world(home, ready_session(how));
        auto there = on_world(second, sibling_of(app, second.executor()));
        concurrent_work all;
        come_go_and_ask(all, home, app, second, there, third, 80);
        all.begin(third, change_and_look(there, 8), 8);
        all.end();
        // Closed in the midst of it.
        auto last =
            asio::co_spawn(third.executor(), as_result(come_and_go(there, third.executor(), 1'000)),
                           asio::use_future);
        on_world(home, close_of(app));
        const auto outcome = last.get();
        REQUIRE(!outcome);
        CHECK(outcome.error().is(errc::connection_closed));
        on_world(second, close_of(there));
    }
}

TEST_CASE("Statements are executed from other threads while the session's profiles are replaced by "
          "such as keep away from slow nodes; each gets its own answer") {
    cluster_thread cluster(3, 2, speech::plain, answers_keys);
    for (const auto kind : all_worlds) {
        CAPTURE(name_of(kind));
        world home(kind);
        world second(kind);
        world third(kind);
        auto how = cluster.options();
        how.execution_profile("own", execution_profile());
        auto app = on_world(home, ready_session(how));
        concurrent_work all;
        for (int who = 0; who < 8; ++who)
            all.begin(who % 2 == 0 ? second : third, ask_sibling(app, who, 40), 40);
        all.begin(home, replace_profiles(app, 100), 100);
        all.end();
        on_world(home, close_of(app));
    }
}

TEST_CASE("Siblings on threads of their own that share shards come and go while others send; none "
          "fails, and all end") {
    cluster_thread cluster(3, 4, speech::plain, answers_keys);
    for (const auto kind : all_worlds) {
        CAPTURE(name_of(kind));
        world home(kind);
        world second(kind);
        world third(kind);
        auto how = cluster.options();
        how.siblings_share_shards();
        auto app = on_world(home, ready_session(how));
        auto there = on_world(second, sibling_of(app, second.executor()));
        concurrent_work all;
        come_go_and_ask(all, home, app, second, there, third, 200);
        all.end();
        const auto counted = on_world(home, app.metrics());
        CHECK(counted.counts.failures.all() == 0);
        CHECK(counted.no_host == 0);
        {
            // One whose context goes while shares change.
            world brief(kind);
            auto gone = on_world(home, sibling_of(app, brief.executor()));
            CHECK(on_world(brief, ask_sibling(gone, 3, 10)) == 10);
            brief.abandon();
        }
        CHECK(on_world(second, ask_sibling(there, 4, 10)) == 10);
        on_world(home, close_of(app));
        on_world(second, close_of(there));
    }
}
