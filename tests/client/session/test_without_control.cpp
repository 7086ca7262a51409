#include "schema_of_cluster.hpp"

#include <cocql/as_result.hpp>

#include <algorithm>
#include <set>
#include <string>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// Without a control connection, at these nodes.
template <class... Numbers>
options only_at(session_cluster& cluster, Numbers... numbers) {
    return cluster.options_at(numbers...).control_connection(false);
}

asio::awaitable<void> ask_often(session& app) {
    const auto find = co_await app.prepare(session_cluster::find_cql);
    for (int i = 0; i < 30; ++i)
        co_await app.execute(find, "key " + std::to_string(i));
}

} // namespace

TEST_CASE("Without a control connection the contact points are the nodes, and are asked nothing") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const std::uint32_t shards : {0U, 2U}) {
            CAPTURE(name_of(how));
            CAPTURE(shards);
            session_cluster cluster(3, shards, how);
            cluster.run([&]() -> asio::awaitable<void> {
                auto app = co_await connect(only_at(cluster, 1, 3, 1));
                co_await app.ready();
                const auto hosts = co_await app.hosts();
                REQUIRE(hosts.size() == 2);
                CHECK(hosts[0].where == cluster.node(1).where());
                CHECK(hosts[1].where == cluster.node(3).where());
                for (const auto& each : hosts) {
                    CHECK(each.connections == std::max(shards, 1U));
                    CHECK(each.status == host_status::up);
                    CHECK(each.datacenter.empty());
                }
                const auto all = co_await app.connections();
                CHECK(all.size() == 2 * std::max(shards, 1U));
                CHECK(std::ranges::none_of(all, &connection_info::is_control));
                co_await ask_often(app);
                CHECK(cluster.nodes_asked() == std::set<int>{1, 3});
                const auto known = co_await app.metadata();
                CHECK(known.keyspaces().empty());
                CHECK(known.hosts().size() == 2);
                for (const int number : {1, 3}) {
                    CHECK(cluster.node(number).count(opcode::register_) == 0);
                    for (const auto& cql : cluster.node(number).statements())
                        CHECK(cql.find("system") == cql.npos);
                }
                const auto agreement = co_await app.await_schema_agreement();
                CHECK(agreement.is_reached);
                CHECK(!agreement.is_read);
                CHECK(agreement.nodes.size() == 2);
                co_await app.close();
            });
            CHECK(cluster.accepted_by(2) == 0);
        }
}

TEST_CASE(
    "Without a control connection a node that is lost is connected to again, also on demand") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(only_at(cluster, 1, 2).warm_up());
        cluster.node(2).drop_connections();
        const auto is_back = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.metrics();
            co_return now.counts.connections_opened == 3;
        };
        co_await cluster.become(is_back);
        cluster.stop(2);
        const auto is_gone = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.hosts();
            co_return now[1].status == host_status::down;
        };
        co_await cluster.become(is_gone);
        cluster.requests.clear();
        co_await ask_often(app);
        CHECK(cluster.nodes_asked() == std::set<int>{1});
        cluster.start(2);
        co_await app.reconnect();
        const auto hosts = co_await app.hosts();
        CHECK(hosts[1].connections == 1);
        cluster.requests.clear();
        co_await ask_often(app);
        CHECK(cluster.nodes_asked() == std::set<int>{1, 2});
        auto beside = co_await app.on(cluster.context.get_executor());
        co_await beside.ready();
        const auto same = co_await beside.hosts();
        REQUIRE(same.size() == 2);
        CHECK(same[1].where == hosts[1].where);
        CHECK(same[1].id == hosts[1].id);
        CHECK(same[1].connections == 1);
        co_await ask_often(beside);
        co_await app.close();
        co_await beside.close();
    });
}

TEST_CASE("Without a control connection it is told why none of the contact points could be used") {
    session_cluster cluster(3);
    for (const int number : {1, 2}) {
        cluster.node(number).options().user = "user";
        cluster.node(number).options().secret = "secret";
    }
    cluster.run([&]() -> asio::awaitable<void> {
        const auto one = co_await as_result(connect(only_at(cluster, 1)));
        REQUIRE(!one.has_value());
        CHECK(one.error().is(errc::authentication_required));
        CHECK(one.error().endpoint() == cluster.node(1).where().to_string());
        const auto two = co_await as_result(connect(only_at(cluster, 1, 2)));
        REQUIRE(!two.has_value());
        CHECK(two.error().is(errc::authentication_required));
        CHECK(two.error().attempts().size() == 2);
        auto how = only_at(cluster, 2, 3);
        auto app = co_await connect(how.warm_up());
        const auto hosts = co_await app.hosts();
        CHECK(hosts[0].status == host_status::down);
        REQUIRE(hosts[0].last_failure);
        CHECK(hosts[0].last_failure->is(errc::authentication_required));
        CHECK(hosts[1].status == host_status::up);
        co_await app.close();
    });
}

TEST_CASE("Without a control connection a node that is given by its name is verified by that") {
    session_cluster cluster(1);
    cluster.node(1).options().tls =
        testing::node_tls(certificate("name_only.pem"), certificate("name_only.key"));
    cluster.start(1);
    cluster.run([&]() -> asio::awaitable<void> {
        const endpoint named("localhost", cluster.port);
        const auto how = options(named)
                             .tls(tls_options().ca_file(certificate("ca.pem")))
                             .control_connection(false);
        auto app = co_await connect(how);
        const auto hosts = co_await app.hosts();
        REQUIRE(hosts.size() == 1);
        CHECK(hosts[0].where == named);
        co_await ask_often(app);
        co_await app.close();
    });
}

TEST_CASE("Without a control connection nobody knows data centres or the cluster's name") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        const auto elsewhere = execution_profile().local_datacenter("dc1");
        const auto given = only_at(cluster, 1);
        auto near = given;
        near.local_datacenter("dc1");
        auto named = given;
        named.cluster_name("a cluster");
        auto by_profile = given;
        by_profile.execution_profile("elsewhere", elsewhere);
        const auto nowhere = options().control_connection(false);
        for (const auto& each : {near, named, by_profile, nowhere}) {
            const auto refused = co_await as_result(connect(each));
            REQUIRE(!refused.has_value());
            CHECK(refused.error().is(errc::bad_configuration));
        }
    });
    CHECK(cluster.node(1).accepted() == 0);
}

TEST_CASE("Without a control connection a session goes with its io_context, in the middle of "
          "anything") {
    for (const int turns : {0, 5, 20, 40, 60, 80, 1000}) {
        session left;
        {
            session_cluster cluster(2, 2);
            start(cluster.context,
                  [](session_cluster& all, session& left) -> asio::awaitable<void> {
                      left = co_await connect(only_at(all, 1, 2));
                      for (;;)
                          co_await ask_often(left);
                  }(cluster, left));
            for (int i = 0; i < turns; ++i)
                cluster.context.run_one();
        }
    }
}
