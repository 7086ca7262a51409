#include "own_policy.hpp"

#include <cocql/as_result.hpp>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<own_policy> only_to(int number) {
    auto made = std::make_shared<own_policy>();
    made->chooses = in_order({number});
    return made;
}

execution_profile with(std::shared_ptr<load_balancing_policy> policy) {
    return execution_profile().load_balancing_policy(std::move(policy));
}

} // namespace

TEST_CASE("A profile has a policy of its own; without one it has the default profile's, then the "
          "session's, and none where it says so") {
    for (const bool has_default : {false, true}) {
        session_cluster cluster(4, 2);
        const auto of_session = only_to(1);
        const auto of_default = only_to(2);
        const auto of_reports = only_to(3);
        cluster.options.load_balancing_policy(of_session);
        if (has_default)
            cluster.options.execution_profile(with(of_default));
        cluster.options.execution_profile("reports", with(of_reports));
        cluster.options.execution_profile("quick", execution_profile().timeout(30s));
        cluster.options.execution_profile("even", with(nullptr));
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const std::set<int> usual{has_default ? 2 : 1};
            const auto none = co_await asked_by(cluster, app, "");
            CHECK(none == usual);
            const auto quick = co_await asked_by(cluster, app, "quick");
            CHECK(quick == usual);
            const auto reports = co_await asked_by(cluster, app, "reports");
            CHECK(reports == std::set<int>{3});
            const auto even = co_await asked_by(cluster, app, "even");
            CHECK(even == std::set<int>{1, 2, 3, 4});
            // Each hears of its own requests.
            CHECK(std::ranges::count(of_reports->ended, id_of(3)) == 80);
            CHECK(of_reports->ended.size() == 80);
            CHECK(of_session->ended.empty() == has_default);
            co_await app.close();
        });
    }
}

TEST_CASE("A session whose options have no policy has the one of a profile for that profile only") {
    session_cluster cluster(3);
    const auto of_reports = std::make_shared<own_policy>();
    of_reports->far = without({1, 2});
    cluster.options.execution_profile("reports", with(of_reports));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto hosts = co_await app.hosts();
        for (const int number : {1, 2, 3})
            CHECK(connections_to(hosts, number) == 1); // the other profile needs them
        const auto usual = co_await asked_by(cluster, app, "");
        CHECK(usual == std::set<int>{1, 2, 3});
        CHECK(of_reports->asked == 0);
        CHECK(of_reports->ended.empty());
        const auto reports = co_await asked_by(cluster, app, "reports");
        CHECK(reports == std::set<int>{3});
        CHECK(of_reports->ended.size() == 80);
        co_await app.close();
    });
}

TEST_CASE("A policy is replaced with its profile while the session runs, when there are "
          "connections to its nodes; requests under way stay with the one before") {
    session_cluster cluster(3);
    const auto before = only_to(1);
    before->far = without({3});
    cluster.options.load_balancing_policy(before);
    cluster.node(1).options().silent_statement = "SELECT silence";
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto hosts = co_await app.hosts();
        CHECK(connections_to(hosts, 3) == 0);
        const auto name = execution_profile::default_name;
        const auto waiting = [](session app) -> asio::awaitable<void> {
            static_cast<void>(co_await as_result(app.query("SELECT silence")));
        };
        start(cluster.context, waiting(app));
        const auto is_sent = [&]() -> asio::awaitable<bool> {
            co_return before->begun.size() == 1;
        };
        co_await cluster.become(is_sent);

        const auto after = only_to(3);
        after->far = without({1});
        co_await app.replace_execution_profile(name, with(after));
        hosts = co_await app.hosts();
        CHECK(connections_to(hosts, 3) == 1);
        CHECK(!is_used(hosts, 1));
        const auto asked = co_await asked_by(cluster, app, "");
        CHECK(asked == std::set<int>{3});
        CHECK(before->begun.size() == 1);
        CHECK(before->ended.empty()); // it is to be told all the same
        cluster.node(1).stop();
        const auto is_over = [&]() -> asio::awaitable<bool> { co_return before->failed == 1; };
        co_await cluster.become(is_over);

        // Back to what the session's options say.
        co_await app.replace_execution_profile(name, execution_profile());
        CHECK(after.use_count() == 1);
        hosts = co_await app.hosts();
        CHECK(!is_used(hosts, 3));
        CHECK(is_used(hosts, 1));
        co_await app.close();
    });
}

TEST_CASE("A policy that was replaced hears no more of the cluster, and the new one does") {
    session_cluster cluster(3);
    cluster.gone = {3};
    cluster.know_all();
    const auto before = std::make_shared<own_policy>();
    const auto after = std::make_shared<own_policy>();
    cluster.options.execution_profile("reports", with(before));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        co_await app.replace_execution_profile("reports", with(after));
        CHECK(before.use_count() == 3); // with our options and the session's
        cluster.gone.clear();
        cluster.know_all();
        cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(app, 3);
        CHECK(after->added == own_policy::ids{id_of(3)});
        CHECK(before->added.empty());
        co_await app.close();
    });
}

TEST_CASE("A policy that lets no node be used is not put in force, nor one none of whose nodes can "
          "be reached, and the one before stays") {
    session_cluster cluster(3);
    const auto before = only_to(1);
    before->far = without({3});
    cluster.options.execution_profile(with(before));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto name = execution_profile::default_name;
        const auto none = std::make_shared<own_policy>();
        none->far = without({1, 2, 3});
        auto replacing = as_result(app.replace_execution_profile(name, with(none)));
        const auto refused = co_await std::move(replacing);
        REQUIRE(!refused.has_value());
        CHECK(refused.error().is(errc::bad_configuration));
        CHECK(refused.error().advice().find("load-balancing policy") != std::string_view::npos);
        CHECK(none.use_count() == 1);

        cluster.node(3).stop();
        const auto dead = std::make_shared<own_policy>();
        dead->far = without({1, 2});
        auto again = as_result(app.replace_execution_profile(name, with(dead)));
        const auto unreachable = co_await std::move(again);
        REQUIRE(!unreachable.has_value());
        CHECK(unreachable.error().is(errc::no_host_available));
        const auto hosts = co_await app.hosts();
        CHECK(!is_used(hosts, 3));
        const auto asked = co_await asked_by(cluster, app, "");
        CHECK(asked == std::set<int>{1});
        co_await app.close();
    });
}

TEST_CASE("A policy that has changed its mind about nodes is asked again when a profile is put in "
          "force, were it the same one") {
    for (const bool is_session : {false, true}) {
        session_cluster cluster(3);
        const auto policy = std::make_shared<own_policy>();
        policy->far = without({3});
        const auto same = is_session ? execution_profile() : with(policy);
        if (is_session)
            cluster.options.load_balancing_policy(policy);
        cluster.options.execution_profile("reports", same);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            auto hosts = co_await app.hosts();
            CHECK(is_used(hosts, 3) == !is_session);
            policy->far = without({1});
            policy->judged.clear();
            co_await app.query(read_cql);
            CHECK(policy->judged.empty());
            co_await app.replace_execution_profile("reports", same);
            CHECK(!policy->judged.empty());
            hosts = co_await app.hosts();
            CHECK(connections_to(hosts, 3) == 1);
            CHECK(is_used(hosts, 1) == !is_session); // a profile without policy needs it
            const auto reports = co_await asked_by(cluster, app, "reports");
            CHECK(reports == std::set<int>{2, 3});
            co_await app.close();
        });
    }
}
