#include "client/session/latency_watch.hpp"
#include "own_policy.hpp"
#include "timed_cluster.hpp"
#include "versioned_cluster.hpp"

#include <cocql/as_result.hpp>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// Few measurements are enough.
latency_awareness awareness() {
    return latency_awareness().minimum_measurements(10);
}

/// Whether each has its part of 300, as chance has it: a third of them, give or take five standard
/// deviations.
bool is_shared_out(const std::map<int, int>& counts) {
    return std::ranges::all_of(counts,
                               [](const auto& each) { return std::abs(each.second - 100) < 41; });
}

/// As long as it may be without the others' measurements becoming too old.
asio::awaitable<void> pass(timed_cluster& cluster, base::duration time) {
    const auto end = cluster.clock.now() + time;
    while (cluster.clock.now() < end) {
        cluster.clock.advance(std::min<base::duration>(1s, end - cluster.clock.now()));
        co_await cluster.find(20);
    }
}

} // namespace

TEST_CASE("A node that becomes slow gets one request in each retry period, and its part of all "
          "when it is quick again") {
    for (const bool has_tablets : {false, true}) {
        CAPTURE(has_tablets);
        timed_cluster cluster(3, has_tablets ? 2 : 0);
        cluster.have_keyspace(3);
        if (has_tablets)
            cluster.have_tablets(8);
        cluster.options.latency_awareness(awareness());
        cluster.run([&]() -> asio::awaitable<void> {
            co_await cluster.open();
            co_await cluster.find(100);
            cluster.requests.clear();
            co_await cluster.find(300);
            CHECK(is_shared_out(cluster.asked_since()));

            cluster.takes[2] = 500ms;
            co_await cluster.find(300);
            const auto few = cluster.asked_since()[2];
            CHECK(few >= 1);
            CHECK(few <= 3);            // as quick ones of the last second still weigh
            co_await cluster.query(50); // of no partition
            CHECK(cluster.asked_since()[2] == 0);
            cluster.moments.clear();
            co_await pass(cluster, 45s);
            const auto& tried = cluster.moments[2];
            CHECK(tried.size() == 4);
            for (std::size_t i = 1; i < tried.size(); ++i) {
                CHECK(tried[i] - tried[i - 1] >= 10s);
                CHECK(tried[i] - tried[i - 1] < 12s);
            }
            cluster.takes[2] = 10ms;
            co_await pass(cluster, 12s);
            cluster.requests.clear();
            co_await cluster.find(300);
            CHECK(is_shared_out(cluster.asked_since()));
            co_await cluster.close();
        });
    }
}

TEST_CASE("Without it slow nodes have their part, and where all are slow or too little is known, "
          "too") {
    timed_cluster cluster(3);
    cluster.have_keyspace(3);
    SUBCASE("without") {
        cluster.takes[2] = 500ms;
    }
    SUBCASE("all are slow") {
        cluster.options.latency_awareness(awareness());
        cluster.all_take(500ms);
    }
    SUBCASE("all have become slow") {
        cluster.options.latency_awareness(awareness());
    }
    SUBCASE("measured too seldom") {
        cluster.options.latency_awareness(latency_awareness().minimum_measurements(10'000));
        cluster.takes[2] = 500ms;
    }
    SUBCASE("not as much slower as that") {
        cluster.options.latency_awareness(awareness().exclusion_threshold(100));
        cluster.takes[2] = 500ms;
    }
    SUBCASE("by less than matters") {
        cluster.options.latency_awareness(awareness().tolerance(1s));
        cluster.takes[2] = 500ms;
    }
    cluster.run([&]() -> asio::awaitable<void> {
        co_await cluster.open();
        co_await cluster.find(100);
        if (cluster.takes[2] == 10ms)
            cluster.all_take(500ms);
        co_await cluster.find(100);
        cluster.requests.clear();
        co_await cluster.find(300);
        CHECK(is_shared_out(cluster.asked_since()));
        co_await cluster.close();
    });
}

TEST_CASE("Nobody keeps away from a slow replica by asking who has not the data, or is in another "
          "data centre") {
    for (const bool is_far : {false, true}) {
        CAPTURE(is_far);
        timed_cluster cluster(3);
        cluster.have_keyspace(2);
        if (is_far) {
            have_datacenters(cluster, {"dc1", "dc1", "dc2"});
            cluster.options.local_datacenter("dc1").remote_hosts();
        }
        cluster.options.latency_awareness(awareness());
        cluster.run([&]() -> asio::awaitable<void> {
            co_await cluster.open();
            cluster.all_take(500ms);
            cluster.takes[3] = 10ms;
            const auto quick = statement_options().route(request_route::to_host(id_of(3)));
            co_await cluster.find(20, "", quick);
            co_await cluster.find(50);
            int of_quick_one = 0;
            for (int i = 0; i < 100; ++i) {
                co_await cluster.find(1, "", quick); // measured all the time
                co_await cluster.find(1);
                const auto& last = cluster.requests.back();
                CHECK(!last.astray);
                of_quick_one += last.node == 3 ? 1 : 0;
                const auto owners = cluster.owners_of(last.key);
                if (!is_far && std::ranges::find(owners, 3) != owners.end())
                    CHECK(last.node == 3);
            }
            CHECK((of_quick_one == 0) == is_far);
            co_await cluster.close();
        });
    }
}

TEST_CASE("What nodes agree on among themselves goes to the same one first, however slow that is") {
    timed_cluster cluster(3, 2);
    cluster.have_keyspace(3);
    cluster.options.latency_awareness(awareness());
    cluster.run([&]() -> asio::awaitable<void> {
        co_await cluster.open();
        const auto set = co_await cluster.prepare("UPDATE app.t SET v = 1 WHERE k = ? IF EXISTS");
        REQUIRE(set.is_conditional());
        co_await cluster.find(100);
        const auto first = cluster.owner_of("one key");
        cluster.takes[first] = 500ms;
        co_await cluster.find(50);
        cluster.requests.clear();
        for (int i = 0; i < 20; ++i) {
            co_await cluster.execute(set, 1, "one key");
            CHECK(cluster.requests.back().node == first);
            for (const auto level : {consistency::serial, consistency::local_serial}) {
                const auto how = statement_options().consistency(level);
                co_await cluster.find(1, "one key", how);
                CHECK(cluster.requests.back().node == first);
            }
            co_await cluster.find(1, "one key");
            CHECK(cluster.requests.back().node != first);
        }
        // Of no partition that is known: any node, the slow one too.
        cluster.requests.clear();
        co_await cluster.query(300, statement_options().consistency(consistency::serial));
        CHECK(is_shared_out(cluster.asked_since()));
        const auto there = statement_options().route(request_route::to_host(id_of(first)));
        co_await cluster.find(5, "one key", there);
        CHECK(cluster.asked_since()[first] == 5);
        co_await cluster.close();
    });
}

TEST_CASE("What is for the leader of a tablet goes to it, however slow it is") {
    timed_cluster cluster(3, 2);
    cluster.have_keyspace(3);
    cluster.have_tablets(6, "global");
    cluster.offer_tablet_versions(versions_key);
    cluster.options.latency_awareness(awareness().retry_period(1h));
    cluster.run([&]() -> asio::awaitable<void> {
        co_await cluster.open();
        co_await cluster.find(200);
        const auto leader = cluster.node_of_tablet(cluster.tablet_of("one key"));
        cluster.takes[leader] = 500ms;
        co_await cluster.find(100);
        cluster.requests.clear();
        const auto how = statement_options().consistency(consistency::quorum);
        co_await cluster.find(50, "one key", how);
        CHECK(cluster.asked_since()[leader] == 50);
        co_await cluster.find(50, "one key");
        CHECK(cluster.asked_since()[leader] == 0);
        co_await cluster.close();
    });
}

TEST_CASE("Each profile goes by what its own requests take, and may say that it does not") {
    timed_cluster cluster(3);
    cluster.have_keyspace(3);
    cluster.options.latency_awareness(awareness().retry_period(1h));
    cluster.options.execution_profile("evenly",
                                      execution_profile().latency_awareness(std::nullopt));
    cluster.options.execution_profile("reports", execution_profile().page_size(9));
    cluster.run([&]() -> asio::awaitable<void> {
        co_await cluster.open();
        co_await cluster.find(100);
        cluster.takes[2] = 500ms;
        co_await cluster.find(50);
        cluster.requests.clear();
        co_await cluster.find(50);
        CHECK(cluster.asked_since()[2] == 0);
        co_await cluster.find(300, "", by("evenly"));
        CHECK(is_shared_out(cluster.asked_since()));
        // What it inherits is how to do it.
        co_await cluster.find(50, "", by("reports"));
        CHECK(cluster.asked_since()[2] > 0);
        co_await cluster.find(50, "", by("reports"));
        CHECK(cluster.asked_since()[2] == 0);

        // To replace one profile does not make the others forget, and to have it otherwise does.
        auto replaced = co_await cluster.core->replace_profile(
            "reports", execution_profile().latency_awareness(awareness().exclusion_threshold(3)));
        REQUIRE(replaced.has_value());
        co_await cluster.find(50);
        CHECK(cluster.asked_since()[2] == 0);
        co_await cluster.find(30, "", by("reports"));
        CHECK(cluster.asked_since()[2] > 0);
        replaced = co_await cluster.core->replace_profile(
            execution_profile::default_name, execution_profile().latency_awareness(std::nullopt));
        REQUIRE(replaced.has_value());
        co_await cluster.find(300);
        CHECK(is_shared_out(cluster.asked_since()));
        co_await cluster.close();
    });
}

TEST_CASE("A session whose options do not say it has it for a profile alone, from when that is put "
          "in force") {
    timed_cluster cluster(3);
    cluster.have_keyspace(3);
    cluster.options.execution_profile("quick", execution_profile());
    cluster.run([&]() -> asio::awaitable<void> {
        co_await cluster.open();
        CHECK(!cluster.core->is_observed());
        cluster.takes[2] = 500ms;
        co_await cluster.find(300, "", by("quick"));
        CHECK(is_shared_out(cluster.asked_since()));
        const auto replaced = co_await cluster.core->replace_profile(
            "quick", execution_profile().latency_awareness(awareness()));
        REQUIRE(replaced.has_value());
        CHECK(cluster.core->is_observed());
        co_await cluster.find(60, "", by("quick"));
        cluster.requests.clear();
        co_await cluster.find(50, "", by("quick"));
        CHECK(cluster.asked_since()[2] == 0);
        co_await cluster.find(300);
        CHECK(is_shared_out(cluster.asked_since()));
        co_await cluster.close();
    });
}

TEST_CASE("Where an application's policy decides it decides alone") {
    timed_cluster cluster(3);
    cluster.have_keyspace(3);
    const auto policy = std::make_shared<own_policy>();
    cluster.options.latency_awareness(awareness()).load_balancing_policy(policy);
    cluster.options.execution_profile("session",
                                      execution_profile().load_balancing_policy(nullptr));
    cluster.takes[2] = 500ms;
    cluster.run([&]() -> asio::awaitable<void> {
        co_await cluster.open();
        co_await cluster.find(100);
        cluster.requests.clear();
        co_await cluster.find(300);
        CHECK(is_shared_out(cluster.asked_since()));
        CHECK(policy->ended.size() >= 400);
        co_await cluster.find(100, "", by("session"));
        cluster.requests.clear();
        co_await cluster.find(50, "", by("session"));
        CHECK(cluster.asked_since()[2] == 0);
        co_await cluster.close();
    });
}

TEST_CASE("An error that is quickly answered makes no quick node, and replicas that do not answer "
          "make a slow one") {
    timed_cluster cluster(3);
    cluster.have_keyspace(3);
    cluster.options.latency_awareness(awareness());
    server_error told{server_error_code::overloaded, "no", {}};
    cluster.instead = [&](int number, const node_request&) -> std::optional<node_reply> {
        return number == 2 ? std::optional(error_of(told)) : std::nullopt;
    };
    cluster.takes[2] = 0ms;
    cluster.run([&]() -> asio::awaitable<void> {
        co_await cluster.open();
        const auto find = [&](int times) -> asio::awaitable<void> {
            for (int i = 0; i < times; ++i)
                static_cast<void>(co_await as_result(cluster.find(1)));
        };
        co_await find(300);
        CHECK(is_shared_out(cluster.asked_since()));
        told = {server_error_code::unavailable, "no", unavailable_details{consistency::one, 1, 0}};
        cluster.takes[2] = 500ms; // whatever that took
        co_await find(300);
        CHECK(is_shared_out(cluster.asked_since()));
        told = {server_error_code::read_timeout, "no",
                read_timeout_details{consistency::one, 0, 1, false}};
        co_await find(100);
        cluster.requests.clear();
        co_await find(50);
        CHECK(cluster.asked_since()[2] == 0);
        co_await cluster.close();
    });
}

TEST_CASE("By the real clock and the public API: a slow node is asked until that is known, then no "
          "more, and again when it has left or was lost, and comes back") {
    for (const std::uint32_t shards : {0U, 2U}) {
        CAPTURE(shards);
        session_cluster cluster(3, shards);
        cluster.have_keyspace(3);
        bool is_slow = true;
        const auto delay = [&](const std::string&) { return is_slow ? 200ms : 0ms; };
        cluster.node(2).options().delay = delay;
        for (const auto& each : cluster.by_source)
            if (each->where().host() == cluster.node(2).where().host())
                each->options().delay = delay;
        // What the machine does to the others is not to count.
        auto how = latency_awareness().minimum_measurements(3).update_interval(0s);
        cluster.options.latency_awareness(how.tolerance(50ms).retry_period(1h));
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto find = co_await app.prepare(session_cluster::find_cql);
            const auto asks = [&](bool it) {
                return [&, it]() -> asio::awaitable<bool> {
                    cluster.requests.clear();
                    for (int i = 0; i < 40; ++i)
                        co_await app.execute(find, "key " + std::to_string(i));
                    co_return cluster.nodes_asked().contains(2) == it;
                };
            };
            const auto is_known = asks(false);
            co_await cluster.become(is_known);
            for (int i = 0; i < 3; ++i) {
                const bool is_avoided = co_await is_known();
                CHECK(is_avoided);
            }
            is_slow = false;
            const bool is_forgotten = !co_await is_known();
            CHECK(!is_forgotten); // nobody has told
            cluster.gone = {2};
            cluster.know_all();
            cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.2", cluster.port});
            co_await cluster.know_nodes(app, 2);
            cluster.gone.clear();
            cluster.know_all();
            cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.2", cluster.port});
            co_await cluster.know_nodes(app, 3);
            const bool is_asked = !co_await is_known();
            CHECK(is_asked);

            is_slow = true;
            co_await cluster.become(is_known);
            is_slow = false;
            cluster.node(2).drop_connections();
            for (const auto& each : cluster.by_source)
                if (each->where().host() == cluster.node(2).where().host())
                    each->drop_connections();
            const auto is_asked_again = asks(true);
            co_await cluster.become(is_asked_again);
            co_await app.close();
        });
    }
}

TEST_CASE("A threshold by which the quickest node would be slow is refused") {
    const auto message_of = [](options how) {
        session_cluster cluster(1);
        how.contact_point(cluster.node(1).where());
        std::string text;
        cluster.run([&]() -> asio::awaitable<void> {
            const auto outcome = co_await as_result(connect(how));
            REQUIRE(!outcome.has_value());
            CHECK(outcome.error().is(errc::bad_configuration));
            text = outcome.error().message();
        });
        return text;
    };
    for (const double times : {0.99, 0.0, -2.0, std::numeric_limits<double>::quiet_NaN()}) {
        const auto how = latency_awareness().exclusion_threshold(times);
        CHECK(message_of(options().latency_awareness(how)).find("'default' is below 1") !=
              std::string::npos);
        auto of_profile = options();
        of_profile.execution_profile("reports", execution_profile().latency_awareness(how));
        CHECK(message_of(of_profile).find("'reports' is below 1") != std::string::npos);
    }
}

TEST_CASE("Who watches takes down what a node has taken since its request left the queue, PREPARE "
          "not being one") {
    manual_clock clock;
    const auto how = latency_awareness().minimum_measurements(1).update_interval(0s);
    client::latency_watch watch(how, clock);
    const endpoint where("127.0.0.1");
    const auto ended = [&](int number, std::string_view operation,
                           std::optional<std::chrono::nanoseconds> waited,
                           const error* failure = nullptr) {
        request_attempt which{1, 1, id_of(number), where, std::nullopt, operation};
        attempt_end end;
        end.queued = 1h;
        end.waited = waited;
        end.failure = failure;
        watch.attempt_begun(which);
        watch.attempt_ended(which, end);
    };
    ended(1, "EXECUTE", 10ms);
    CHECK(!watch.any_slow());
    ended(2, "PREPARE", 10s);
    CHECK(!watch.any_slow());
    const error busy(errc::connection_busy, "busy");
    ended(2, "EXECUTE", std::nullopt, &busy);
    CHECK(!watch.any_slow());
    const error refused(errc::server_error, "no");
    ended(2, "EXECUTE", 10s, &refused);
    CHECK(!watch.any_slow());
    for (const auto code : {errc::timed_out, errc::cancelled, errc::connection_lost}) {
        const error unanswered(code, "no answer");
        ended(2, "QUERY", 10s, &unanswered);
        CHECK(watch.nodes().has(id_of(2), clock.now()));
        watch.forget(id_of(2));
        CHECK(!watch.any_slow());
    }
    ended(2, "BATCH", 10s);
    CHECK(watch.nodes().has(id_of(2), clock.now()));
    clock.advance(9s);
    ended(1, "EXECUTE", 10ms);
    clock.advance(1s);
    CHECK(!watch.nodes().has(id_of(2), watch.now()));
    watch.chosen(id_of(2), watch.now());
    CHECK(watch.nodes().has(id_of(2), watch.now()));
}
