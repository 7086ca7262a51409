#include "schema_of_cluster.hpp"
#include "versioned_cluster.hpp"

#include <cocql/as_result.hpp>

#include <algorithm>
#include <string>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

asio::awaitable<void> read_something(session& app) {
    for (int i = 0; i < 30; ++i)
        co_await find_key(app, "key " + std::to_string(i));
}

} // namespace

TEST_CASE("A session of a single node knows and asks no other, whatever that tells of itself") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const std::uint32_t shards : {0U, 2U}) {
            CAPTURE(shards);
            session_cluster cluster(3, shards, how);
            // As one that is reached through a forwarded port.
            have_cell(cluster.tables_of(2), "system.local", "rpc_address",
                      testing::cluster_tables::address(99));
            cluster.run([&]() -> asio::awaitable<void> {
                auto app = co_await connect(cluster.options_at(2).single_node());
                co_await app.ready();
                const auto hosts = co_await app.hosts();
                REQUIRE(hosts.size() == 1);
                CHECK(hosts[0].id == testing::id_of(2));
                CHECK(hosts[0].where == cluster.node(2).where());
                CHECK(hosts[0].connections == std::max(shards, 1U));
                cluster.requests.clear();
                co_await read_something(app);
                CHECK(cluster.nodes_asked() == std::set<int>{2});
                // The others come and go without it.
                cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
                cluster.tell_all(status_change{"UP", "127.0.0.1", cluster.port});
                co_await read_something(app);
                const auto agreement = co_await app.await_schema_agreement();
                CHECK(agreement.is_reached);
                CHECK(agreement.nodes.size() == 1);
                co_await app.close();
            });
            CHECK(cluster.accepted_by(1) == 0);
            CHECK(cluster.accepted_by(3) == 0);
            for (const auto& cql : cluster.node(2).statements())
                CHECK(cql.find("system.peers") == cql.npos);
        }
}

TEST_CASE("A single node that is lost is waited for, and no other is tried") {
    session_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options_at(1).single_node());
        co_await app.ready();
        cluster.stop(1);
        const auto gone = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.hosts();
            co_return now.size() == 1 && now[0].status == host_status::down;
        };
        co_await cluster.become(gone);
        const auto refused = co_await as_result(app.query("SELECT v FROM app.t"));
        REQUIRE(!refused.has_value());
        CHECK(refused.error().is(errc::no_host_available));
        CHECK(refused.error().outcome() == request_outcome::not_sent);
        cluster.start(1);
        co_await cluster.know_nodes(app, 1);
        co_await read_something(app);
        co_await app.close();
    });
    CHECK(cluster.accepted_by(2) == 0);
    CHECK(cluster.accepted_by(3) == 0);
}

TEST_CASE("A single node that is given by its name is verified by that, on all its connections") {
    session_cluster cluster(1);
    cluster.node(1).options().tls =
        testing::node_tls(certificate("name_only.pem"), certificate("name_only.key"));
    cluster.start(1);
    const auto ca = tls_options().ca_file(certificate("ca.pem"));
    cluster.run([&]() -> asio::awaitable<void> {
        const auto by_name = options(endpoint("localhost", cluster.port)).single_node().tls(ca);
        auto app = co_await connect(by_name);
        co_await app.ready();
        const auto hosts = co_await app.hosts();
        REQUIRE(hosts.size() == 1);
        CHECK(hosts[0].connections == 1);
        co_await read_something(app);
        co_await app.close();
        // Its address is in no certificate.
        const auto by_address = cluster.options_at(1).single_node().tls(ca);
        const auto refused = co_await as_result(connect(by_address));
        REQUIRE(!refused.has_value());
        const std::string why = refused.error().what();
        CHECK_MESSAGE(why.find("IP address mismatch") != why.npos, why);
    });
}

TEST_CASE("A single node has one contact point") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        const auto refused = co_await as_result(connect(cluster.options_at(1, 2).single_node()));
        REQUIRE(!refused.has_value());
        CHECK(refused.error().is(errc::bad_configuration));
    });
    CHECK(cluster.accepted_by(1) == 0);
    CHECK(cluster.accepted_by(2) == 0);
}
