#include "../../examples/quickest_first.hpp"
#include "own_policy.hpp"

#include <cocql/as_result.hpp>

#include <stdexcept>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

using candidates = std::vector<request_candidate>;

candidates all_of(request_candidates& among) {
    candidates all;
    while (const auto each = among.next())
        all.push_back(*each);
    return all;
}

/// What the request fails with that is made so.
error failure_of(const result<page>& outcome) {
    REQUIRE(!outcome.has_value());
    return outcome.error();
}

} // namespace

TEST_CASE("A policy that overrides nothing changes nothing: each request goes to a replica and to "
          "the shard that has its partition") {
    for (const std::uint32_t shards : {0U, 2U}) {
        session_cluster cluster(3, shards);
        cluster.options.load_balancing_policy(std::make_shared<load_balancing_policy>());
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto find = co_await app.prepare(session_cluster::find_cql);
            for (int i = 0; i < 100; ++i) {
                const auto key = "key " + std::to_string(i);
                co_await app.execute(find, key);
                CHECK(cluster.requests.back().node == cluster.owner_of(key));
                CHECK(!cluster.requests.back().astray);
            }
            CHECK(cluster.requests.size() == 100);
            for (int i = 0; i < 60; ++i)
                co_await app.query(read_cql);
            CHECK(cluster.nodes_asked().size() == 3);
            co_await app.close();
        });
    }
}

TEST_CASE("Requests of all kinds go to the node that the policy names, and to the shard of it that "
          "has the data") {
    for (const std::uint32_t shards : {0U, 2U}) {
        session_cluster cluster(3, shards);
        cluster.have_keyspace(2);
        const auto policy = std::make_shared<own_policy>();
        policy->chooses = in_order({3, 1, 2});
        cluster.options.load_balancing_policy(policy);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto find = co_await app.prepare(session_cluster::find_cql);
            const auto put = co_await app.prepare(session_cluster::put_cql);
            cluster.requests.clear();
            for (int i = 0; i < 40; ++i) {
                const auto key = "key " + std::to_string(i);
                co_await app.execute(find, key);
                const auto& last = cluster.requests.back();
                const auto owners = cluster.owners_of(key);
                if (shards != 0 && std::ranges::find(owners, 3) != owners.end())
                    CHECK(last.shard == cluster.owning_shard_of(key));
                co_await app.query(read_cql);
                batch several;
                several.add(put, key, "v");
                co_await app.execute(several);
            }
            auto pages = app.pages(find, "key");
            co_await pages.next();
            CHECK(cluster.nodes_asked() == std::set<int>{3});
            CHECK(policy->asked == policy->begun.size());
            // Where a request names its node nobody is asked.
            const auto before = policy->asked;
            const auto there = statement_options().route(request_route::to_host(id_of(2)));
            co_await app.execute(find, there, "key");
            CHECK(cluster.requests.back().node == 2);
            CHECK(policy->asked == before);
            co_await app.close();
        });
    }
}

TEST_CASE("What could not be sent to one node goes to the next one that the policy names, and "
          "fails when it names none any more") {
    session_cluster cluster(3);
    cluster.options.connection().max_in_flight(1);
    for (const int number : {2, 3})
        cluster.node(number).options().silent_statement = "SELECT silence";
    const auto policy = std::make_shared<own_policy>();
    policy->chooses = in_order({3, 2});
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto impatient = statement_options().busy(when_busy::refuse);
        const auto never = [](session app) -> asio::awaitable<void> {
            static_cast<void>(co_await as_result(
                app.query("SELECT silence", statement_options().busy(when_busy::refuse))));
        };
        start(cluster.context, never(app));
        const auto is_sent = [&]() -> asio::awaitable<bool> {
            co_return policy->begun.size() == 1;
        };
        co_await cluster.become(is_sent);
        std::vector<std::uint32_t> attempts;
        policy->chooses = [&](const routed_request& what, request_candidates& among) {
            attempts.push_back(what.attempt);
            return in_order({3, 2})(what, among);
        };
        co_await app.query(read_cql, impatient);
        CHECK(cluster.requests.back().node == 2);
        CHECK(attempts == std::vector<std::uint32_t>{1, 2});

        start(cluster.context, never(app));
        const auto are_sent = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.metrics();
            co_return now.in_flight == 2;
        };
        co_await cluster.become(are_sent);
        attempts.clear();
        const auto outcome = co_await as_result(app.query(read_cql, impatient));
        const auto why = failure_of(outcome);
        CHECK(why.is(errc::no_host_available));
        CHECK(why.outcome() == request_outcome::not_sent);
        CHECK(why.message() == "the load-balancing policy 'our own' has named no other node that "
                               "may be used and has a connection");
        CHECK(why.attempts().size() == 2);
        CHECK(attempts == std::vector<std::uint32_t>{1, 2, 3});
        CHECK(!cluster.nodes_asked().contains(1));
        co_await app.close();
    });
}

TEST_CASE("A node that the policy ignores gets no connection, and no request though it is named") {
    session_cluster cluster(3, 2);
    const auto policy = std::make_shared<own_policy>();
    policy->far = without({2});
    int offered = 0;
    bool says_it = false;
    policy->chooses = [&](const routed_request&, request_candidates& among) -> std::optional<uuid> {
        for (const auto& each : all_of(among))
            offered += each.host == id_of(2) ? 1 : 0;
        CHECK(!among.find(id_of(2)));
        among.begin_again();
        says_it = !says_it; // then what is of use
        if (says_it)
            return id_of(2);
        return among.next()->host;
    };
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto hosts = co_await app.hosts();
        CHECK(!is_used(hosts, 2));
        CHECK(connections_to(hosts, 1) == 2);
        CHECK(connections_to(hosts, 2) == 0);
        CHECK(connections_to(hosts, 3) == 2);
        const auto asked = co_await asked_by(cluster, app, "");
        CHECK(asked == std::set<int>{1, 3});
        CHECK(offered == 0);
        CHECK(policy->judged.size() >= 3);
        co_await app.close();
    });
}

TEST_CASE("Which data centres are near the policy says, from what the options do; what is to stay "
          "in one does not leave it") {
    session_cluster cluster(4);
    have_datacenters(cluster, datacenter_names{"dc1", "dc1", "dc2", "dc3"});
    cluster.options.local_datacenter("dc1");
    cluster.options.filter([](const host_info& node) { return node.id != id_of(2); });
    const auto policy = std::make_shared<own_policy>();
    std::map<uuid, host_distance> usual;
    policy->far = [&](const host_info& which, host_distance before) {
        usual[which.id] = before;
        return which.datacenter == "dc2" ? host_distance::remote : before;
    };
    candidates last;
    std::vector<std::string> places;
    policy->chooses = [&](const routed_request&, request_candidates& among) {
        last = all_of(among);
        places.clear();
        for (const auto& each : last)
            places.push_back(std::string(each.datacenter) + "/" + std::string(each.rack));
        return last.empty() ? std::nullopt : std::optional(last.back().host);
    };
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        // Of the one that the filter keeps away it is not asked.
        CHECK(usual == std::map<uuid, host_distance>{{id_of(1), host_distance::local},
                                                     {id_of(3), host_distance::ignored},
                                                     {id_of(4), host_distance::ignored}});
        const auto hosts = co_await app.hosts();
        CHECK(connections_to(hosts, 1) == 1);
        CHECK(connections_to(hosts, 2) == 0);
        CHECK(connections_to(hosts, 3) == 1);
        CHECK(connections_to(hosts, 4) == 0);
        co_await app.query(read_cql);
        CHECK(cluster.requests.back().node == 3);
        REQUIRE(last.size() == 2);
        CHECK(last[0].host == id_of(1));
        CHECK(last[0].distance == host_distance::local);
        CHECK(last[0].connections == 1);
        CHECK(last[1].distance == host_distance::remote);
        CHECK(places[0].starts_with("dc1/"));
        CHECK(places[1].starts_with("dc2/"));
        const auto near = statement_options().consistency(consistency::local_serial);
        co_await app.query(read_cql, near);
        CHECK(cluster.requests.back().node == 1);
        CHECK(last.size() == 1);
        co_await app.close();
    });
}

TEST_CASE("A policy is told what a request is about, and where its data is") {
    session_cluster cluster(3, 2);
    cluster.have_keyspace(2);
    cluster.have_table(1);
    cluster.options.keyspace("app");
    const auto policy = std::make_shared<own_policy>();
    std::string keyspace;
    std::string table;
    routed_request told;
    candidates seen;
    policy->chooses = [&](const routed_request& what, request_candidates& among) {
        told = what;
        keyspace = what.keyspace;
        table = what.table;
        seen = all_of(among);
        among.begin_again();
        return std::optional(among.next()->host);
    };
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        using enum consistency;
        auto app = co_await cluster.connected();
        co_await app.query(read_cql, statement_options().consistency(two));
        CHECK(keyspace == "app");
        CHECK(table.empty());
        CHECK(!told.token);
        CHECK(told.consistency == two);
        CHECK(!told.is_conditional);
        CHECK(seen.size() == 3);
        for (const auto& each : seen)
            CHECK((!each.is_replica && !each.shard));
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto is_of = [&](const std::string& key) {
            CHECK(keyspace == "app");
            CHECK(table == "t");
            CHECK(told.token == cluster.token_of(key));
            REQUIRE(seen.size() == 3);
            const auto owners = cluster.owners_of(key);
            for (std::size_t i = 0; i < 3; ++i) {
                const bool is_owner = std::ranges::any_of(
                    owners, [&](int number) { return seen[i].host == id_of(number); });
                CHECK(is_owner == (i < 2));
                CHECK(seen[i].is_replica == is_owner);
                CHECK(seen[i].shard ==
                      (is_owner ? std::optional(cluster.owning_shard_of(key)) : std::nullopt));
            }
        };
        for (int i = 0; i < 30; ++i) {
            const auto key = "key " + std::to_string(i);
            co_await app.execute(find, key);
            is_of(key);
            CHECK(!told.is_conditional);
            const auto there = statement_options().route(
                request_route::by_token(cluster.token_of(key)).of_table("app", "t"));
            co_await app.query(read_cql, there);
            is_of(key);
        }
        // What nodes agree on is to go to the same one first, and the plan says to which.
        const auto set = co_await app.prepare("UPDATE app.t SET v = 1 WHERE k = ? IF EXISTS");
        REQUIRE(set.is_conditional());
        const auto owners = cluster.owners_of("one key");
        for (int i = 0; i < 20; ++i) {
            co_await app.execute(set, "one key");
            CHECK(told.is_conditional);
            CHECK(seen[0].host == id_of(owners[0]));
            CHECK(seen[1].host == id_of(owners[1]));
            CHECK(cluster.requests.back().node == owners[0]);
            co_await app.execute(find, statement_options().consistency(serial), "one key");
            CHECK(told.is_conditional);
            CHECK(told.consistency == serial);
            CHECK(cluster.requests.back().node == owners[0]);
        }
        co_await app.close();
    });
}

TEST_CASE("A policy is told which shard a tablet says has the data") {
    session_cluster cluster(3, 4);
    cluster.have_tablets(16);
    const auto policy = std::make_shared<own_policy>();
    candidates seen;
    policy->chooses = [&](const routed_request&, request_candidates& among) {
        seen = all_of(among);
        return std::optional(seen.front().host);
    };
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto which = cluster.tablet_of("a key");
        const auto is_there = [&]() -> asio::awaitable<bool> {
            co_await app.execute(find, "a key");
            co_return seen[0].is_replica;
        };
        co_await cluster.become(is_there);
        CHECK(seen.size() == 3);
        CHECK(seen[0].host == id_of(cluster.node_of_tablet(which)));
        CHECK(seen[0].shard == cluster.shard_of_tablet(which));
        CHECK(!seen[1].is_replica);
        CHECK(!cluster.requests.back().astray);
        co_await app.close();
    });
}

TEST_CASE("What a policy names that is not known, ignored, without connection or was named before "
          "is passed over, and none is asked twice") {
    session_cluster cluster(4);
    const auto policy = std::make_shared<own_policy>();
    policy->far = without({4});
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.node(2).stop();
        const auto is_gone = [&]() -> asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return connections_to(hosts, 2) == 0;
        };
        co_await cluster.become(is_gone);
        // A list of its own that looks at nothing.
        std::vector<int> list = {99, 4, 2, 2, 4, 1, 3};
        std::size_t at = 0;
        policy->chooses = [&](const routed_request&, request_candidates&) {
            return at < list.size() ? std::optional(id_of(list[at++])) : std::nullopt;
        };
        cluster.requests.clear();
        co_await app.query(read_cql);
        CHECK(at == 6);
        CHECK(cluster.requests.size() == 1);
        CHECK(cluster.requests.back().node == 1);
        // Ninety-nine of an older cluster before the one that there is.
        list = std::vector<int>(99, 77);
        list.push_back(3);
        at = 0;
        co_await app.query(read_cql);
        CHECK(cluster.requests.back().node == 3);

        for (const int stubborn : {99, 4, 2}) {
            policy->asked = 0;
            policy->chooses = [&](const routed_request&, request_candidates&) {
                return std::optional(id_of(stubborn));
            };
            const auto outcome = co_await as_result(app.query(read_cql));
            const auto why = failure_of(outcome);
            CHECK(why.is(errc::no_host_available));
            CHECK(why.outcome() == request_outcome::not_sent);
            CHECK(policy->asked <= 101);
        }
        policy->asked = 0;
        policy->chooses = [](const routed_request&, request_candidates&) {
            return std::optional<uuid>();
        };
        const auto outcome = co_await as_result(app.query(read_cql));
        const auto why = failure_of(outcome);
        CHECK(why.is(errc::no_host_available));
        CHECK(why.message().find("'our own' has named no node") != std::string_view::npos);
        CHECK(policy->asked == 1);
        const auto counted = co_await app.metrics();
        CHECK(counted.no_host == 4);
        policy->chooses = nullptr;
        co_await app.query(read_cql);
        co_await app.close();
    });
}

TEST_CASE("What a policy throws while it chooses is what the request fails with, and the next one "
          "is executed") {
    session_cluster cluster(2, 2);
    const auto policy = std::make_shared<own_policy>();
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        int which = 0;
        policy->chooses = [&](const routed_request&, request_candidates&) -> std::optional<uuid> {
            if (which == 1)
                throw std::runtime_error("no idea");
            if (which == 2)
                throw error(errc::invalid_argument, "not today");
            throw 7;
        };
        const std::vector<std::string> expected = {
            "the load-balancing policy 'our own' has thrown: no idea",
            "the load-balancing policy 'our own' has thrown",
            "the load-balancing policy 'our own' has thrown something that is no std::exception"};
        for (const auto& each : expected) {
            ++which;
            const auto outcome = co_await as_result(app.execute(find, "key"));
            const auto why = failure_of(outcome);
            CHECK(why.is(errc::bad_configuration));
            CHECK(why.message() == each);
            CHECK(why.outcome() == request_outcome::not_sent);
            const auto text = co_await as_result(app.query(read_cql));
            CHECK(!text.has_value());
            const auto prepared = co_await as_result(app.prepare("SELECT 1"));
            CHECK(!prepared.has_value());
            REQUIRE((which == 2) == (why.cause() != nullptr));
            if (which == 2)
                CHECK(why.cause()->message() == "not today");
        }
        CHECK(cluster.requests.empty());
        policy->chooses = nullptr;
        co_await app.execute(find, "key");
        co_await app.query(read_cql);
        CHECK(cluster.requests.size() == 2);
        co_await app.close();
    });
}

TEST_CASE("A node that the policy throws about is not used, which is told as a warning") {
    session_cluster cluster(2);
    std::vector<std::string> warnings;
    cluster.options.warnings([&](const std::string& what) { warnings.push_back(what); });
    const auto policy = std::make_shared<own_policy>();
    policy->far = [](const host_info& which, host_distance usual) {
        if (which.id == id_of(2))
            throw std::runtime_error("who is that?");
        return usual;
    };
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto hosts = co_await app.hosts();
        CHECK(is_used(hosts, 1));
        CHECK(!is_used(hosts, 2));
        const auto asked = co_await asked_by(cluster, app, "");
        CHECK(asked == std::set<int>{1});
        CHECK(std::ranges::find(warnings, "a load-balancing policy has thrown: who is that?") !=
              warnings.end());
        co_await app.close();
    });
}

TEST_CASE("Where a policy ignores all nodes that is why a session cannot be opened") {
    session_cluster cluster(2);
    const auto policy = std::make_shared<own_policy>();
    policy->far = without({1, 2});
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        const auto outcome = co_await as_result(connect(cluster.options));
        REQUIRE(!outcome.has_value());
        CHECK(outcome.error().is(errc::bad_configuration));
        CHECK(outcome.error().advice().find("load-balancing policy") != std::string_view::npos);
    });
    CHECK(policy.use_count() == 2); // our options have one
}

TEST_CASE("A policy is told of hosts and of attempts without being registered anywhere") {
    session_cluster cluster(3);
    cluster.gone = {3};
    cluster.know_all();
    const auto policy = std::make_shared<own_policy>();
    cluster.options.load_balancing_policy(policy);
    cluster.answer = [](int, const node_request& request) -> std::optional<node_reply> {
        if (request.cql != "SELECT bad")
            return std::nullopt;
        return error_of(server_error{server_error_code::overloaded, "no", {}});
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        CHECK(policy->begun.empty());
        co_await app.query(read_cql);
        const auto node = id_of(cluster.requests.back().node);
        CHECK(policy->begun == own_policy::ids{node});
        CHECK(policy->ended == own_policy::ids{node});
        CHECK(policy->waited > 0ns);
        CHECK(policy->failed == 0);
        static_cast<void>(co_await as_result(app.query("SELECT bad")));
        CHECK(policy->ended.size() == 2);
        CHECK(policy->failed == 1);

        CHECK(policy->added.empty());
        cluster.gone.clear();
        cluster.know_all();
        cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(app, 3);
        CHECK(policy->added == own_policy::ids{id_of(3)});
        CHECK(std::ranges::find(policy->judged, id_of(3)) != policy->judged.end());
        cluster.gone = {3};
        cluster.know_all();
        cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(app, 2);
        const auto is_told = [&]() -> asio::awaitable<bool> { co_return !policy->removed.empty(); };
        co_await cluster.become(is_told);
        CHECK(policy->removed == own_policy::ids{id_of(3)});
        cluster.node(2).stop();
        const auto is_down = [&]() -> asio::awaitable<bool> { co_return !policy->down.empty(); };
        co_await cluster.become(is_down);
        CHECK(policy->down == own_policy::ids{id_of(2)});
        co_await app.close();
    });
}

TEST_CASE("A policy that prefers who has been quick lately keeps away from a slow replica, and "
          "comes back when there is no other") {
    session_cluster cluster(3);
    cluster.have_keyspace(3);
    bool is_slow = true;
    cluster.node(2).options().delay = [&](const std::string& cql) {
        return is_slow && cql == session_cluster::find_cql ? 2000ms : 0ms;
    };
    const auto policy = std::make_shared<quickest_first>();
    cluster.options.load_balancing_policy(policy);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        for (const int number : {1, 2, 3}) {
            const auto there = statement_options().route(request_route::to_host(id_of(number)));
            co_await app.execute(find, there, "key");
            CHECK(policy->latency_of(id_of(number)) > 0ns);
        }
        CHECK(policy->latency_of(id_of(2)) >= 500ms);
        is_slow = false;
        cluster.requests.clear();
        for (int i = 0; i < 50; ++i)
            co_await app.execute(find, "key " + std::to_string(i));
        const auto strays =
            std::ranges::count(cluster.requests, 2, &testing::cluster_request::node);
        CHECK(strays == 0);
        cluster.node(1).stop();
        cluster.node(3).stop();
        const auto are_gone = [&]() -> asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return connections_to(hosts, 1) + connections_to(hosts, 3) == 0;
        };
        co_await cluster.become(are_gone);
        co_await app.execute(find, "key");
        CHECK(cluster.requests.back().node == 2);
        co_await app.close();
    });
}
