#include "cluster.hpp"
#include "core/routing/sharding.hpp"
#include "datacenters.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using route = request_route;

namespace {

constexpr const char* text_cql = "SELECT v FROM app.t";
constexpr const char* range_cql = "SELECT v FROM app.t WHERE token(k) > ?";

statement_options along(route where) {
    return statement_options().route(std::move(where));
}

/// Asks for it in each of the ways that there are.
asio::awaitable<void> ask_each_way(session& app, route where) {
    const auto find = co_await app.prepare(session_cluster::find_cql);
    const auto put = co_await app.prepare(session_cluster::put_cql);
    auto text = app.query(text_cql, along(where));
    co_await std::move(text);
    for (int i = 0; i < 5; ++i) {
        const auto key = "key " + std::to_string(i);
        auto bound = app.execute(find, along(where), key);
        co_await std::move(bound);
        batch several;
        several.add(put, key, "v");
        auto batched = app.execute(several, along(where));
        co_await std::move(batched);
    }
}

/// It fails as it is to, and reaches nobody.
asio::awaitable<error> refused(session_cluster& cluster, session& app, route where) {
    const auto find = co_await app.prepare(session_cluster::find_cql);
    cluster.requests.clear();
    auto text = as_result(app.query(text_cql, along(where)));
    const auto first = co_await std::move(text);
    auto bound = as_result(app.execute(find, along(where), "key"));
    const auto second = co_await std::move(bound);
    REQUIRE(!first.has_value());
    REQUIRE(!second.has_value());
    CHECK(first.error().code() == second.error().code());
    CHECK(first.error().outcome() == request_outcome::not_sent);
    CHECK(second.error().outcome() == request_outcome::not_sent);
    CHECK(cluster.requests.empty());
    co_return first.error();
}

bool says(const error& why, std::string_view text) {
    return std::string_view(why.what()).find(text) != std::string_view::npos;
}

} // namespace

TEST_CASE("A request that is to go to a node goes there, whatever it is about") {
    for_each_speech([](speech how) {
        for (const std::uint32_t shards : {0U, 3U}) {
            session_cluster cluster(3, shards, how);
            cluster.run([&]() -> asio::awaitable<void> {
                auto app = co_await cluster.connected();
                for (int number = 1; number <= 3; ++number) {
                    cluster.requests.clear();
                    co_await ask_each_way(app, route::to_host(id_of(number)));
                    CHECK(cluster.requests.size() == 11);
                    CHECK(cluster.nodes_asked() == std::set<int>{number});
                    // The node's shard that would have the data, as far as it has any.
                    for (const auto& each : cluster.requests)
                        if (shards != 0 && !each.key.empty())
                            CHECK(each.shard == cluster.owning_shard_of(each.key));
                }
                co_await app.close();
            });
        }
    });
}

TEST_CASE("A request that is to go to a shard goes to that shard of that node") {
    session_cluster cluster(2, 3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (int number = 1; number <= 2; ++number)
            for (std::uint32_t shard = 0; shard < 3; ++shard) {
                cluster.requests.clear();
                co_await ask_each_way(app, route::to_shard(id_of(number), shard));
                CHECK(cluster.requests.size() == 11);
                for (const auto& each : cluster.requests) {
                    CHECK(each.node == number);
                    CHECK(each.shard == shard);
                }
            }
        co_await app.close();
    });
}

TEST_CASE("A node or a shard that there is not is an error at once, and no other one is asked") {
    for (const std::uint32_t shards : {0U, 3U}) {
        session_cluster cluster(3, shards);
        cluster.options.filter([](const host_info& node) { return node.id != id_of(3); });
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto nobody = co_await refused(cluster, app, route::to_host(id_of(9)));
            CHECK(nobody.is(errc::no_host_available));
            CHECK(says(nobody, "the cluster has no node " + id_of(9).to_string()));
            const auto unused = co_await refused(cluster, app, route::to_host(id_of(3)));
            CHECK(unused.is(errc::no_host_available));
            CHECK(says(unused, "not be used"));
            for (const std::uint32_t shard : {shards, 0xffffffffU}) {
                const auto none = co_await refused(cluster, app, route::to_shard(id_of(2), shard));
                CHECK(none.is(errc::invalid_argument));
                CHECK(says(none, shards == 0 ? "has no shards" : "counted from 0"));
                CHECK(none.endpoint() == cluster.node(2).where().to_string());
            }
            const auto counted = co_await app.metrics();
            CHECK(counted.no_host == 4);

            cluster.node(2).stop();
            if (shards != 0)
                cluster.by_source[1]->stop();
            const auto is_lost = [&]() -> asio::awaitable<bool> {
                const auto hosts = co_await app.hosts();
                co_return hosts[1].connections == 0;
            };
            co_await cluster.become(is_lost);
            const std::vector<route> lost_ones{route::to_host(id_of(2)),
                                               route::to_shard(id_of(2), 0)};
            for (const auto& where : lost_ones) {
                const auto lost = co_await refused(cluster, app, where);
                CHECK(lost.is(errc::no_host_available));
                CHECK(says(lost, "no connection"));
                CHECK(lost.cause() != nullptr);
                CHECK(lost.attempts().size() == 1);
            }
            co_await app.query(text_cql);
            CHECK(cluster.nodes_asked() == std::set<int>{1});
            co_await app.close();
            const auto closed =
                co_await as_result(app.query(text_cql, along(route::to_host(id_of(1)))));
            CHECK(closed.error().is(errc::connection_closed));
        });
    }
}

TEST_CASE(
    "Where no connection leads to a shard its requests fail, and go to none of its siblings") {
    session_cluster cluster(1, 3);
    cluster.options.shard_aware_port(false);
    // Whoever connects gets the first shard.
    cluster.node(1).options().shard = [](std::uint16_t) { return 0U; };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        co_await app.query(text_cql, along(route::to_shard(id_of(1), 0)));
        cluster.requests.clear();
        const auto none = co_await refused(cluster, app, route::to_shard(id_of(1), 2));
        CHECK(none.is(errc::no_host_available));
        CHECK(says(none, "no connection leads to shard 2"));
        co_await app.query(text_cql, along(route::to_host(id_of(1))));
        CHECK(cluster.requests.size() == 1);
        co_await app.close();
    });
}

TEST_CASE("A request to a node that cannot be sent there is not sent elsewhere") {
    session_cluster cluster(2);
    cluster.options.connection().max_in_flight(1);
    cluster.node(1).options().silent_statement = "SELECT silence";
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        start(cluster.context, [](session app) -> asio::awaitable<void> {
            auto never = as_result(app.query("SELECT silence", along(route::to_host(id_of(1)))));
            static_cast<void>(co_await std::move(never));
        }(app));
        while (cluster.node(1).statements().empty() ||
               cluster.node(1).statements().back() != "SELECT silence")
            co_await asio::post(cluster.context, asio::use_awaitable);
        auto busy = along(route::to_host(id_of(1))).busy(when_busy::refuse);
        const auto refused = co_await as_result(app.query(text_cql, busy));
        REQUIRE(!refused.has_value());
        CHECK(refused.error().is(errc::no_host_available));
        CHECK(refused.error().has(errc::connection_busy));
        CHECK(cluster.requests.empty());
        co_await app.query(text_cql, along(route::to_host(id_of(2))));
        CHECK(cluster.nodes_asked() == std::set<int>{2});
        co_await app.close();
    });
}

TEST_CASE("A text goes where the token or the key is that it is said to be about") {
    for_each_speech([](speech how) {
        for (const std::uint32_t shards : {0U, 4U}) {
            session_cluster cluster(3, shards, how);
            cluster.have_table(1);
            cluster.options.keyspace("app");
            cluster.run([&]() -> asio::awaitable<void> {
                auto app = co_await cluster.connected();
                const auto range = co_await app.prepare(range_cql);
                for (int i = 0; i < 40; ++i) {
                    const auto key = "key " + std::to_string(i);
                    const auto token = cluster.token_of(key);
                    cluster.requests.clear();
                    const std::vector<route> named{route::by_token(token).of_table("app", "t"),
                                                   route::by_token(token).of_table("", "t"),
                                                   route::by_key({key}).of_table("app", "t"),
                                                   route::by_key({key}).of_table("", "t")};
                    const std::vector<route> bare{route::by_token(token), route::by_key({key})};
                    for (const auto& where : named) {
                        auto text = app.query(text_cql, along(where));
                        co_await std::move(text);
                        // Before what its markers say, and before the table that they are of.
                        auto bound = app.execute(range, along(where), "0");
                        co_await std::move(bound);
                    }
                    for (const auto& where : bare) {
                        auto bound = app.execute(range, along(where), "0");
                        co_await std::move(bound);
                    }
                    CHECK(cluster.requests.size() == 10);
                    for (const auto& each : cluster.requests) {
                        CHECK(each.node == cluster.owner_of(key));
                        if (shards != 0)
                            CHECK(each.shard == cluster.owning_shard_of(key));
                    }
                }
                co_await app.close();
            });
        }
    });
}

TEST_CASE("A token of a table with tablets leads to what is known of these") {
    session_cluster cluster(3, 2);
    cluster.have_tablets(12);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        for (int i = 0; i < 100; ++i) // all of them are learned
            co_await app.execute(find, "key " + std::to_string(i));
        cluster.requests.clear();
        for (int i = 0; i < 100; ++i) {
            const auto key = "key " + std::to_string(i);
            auto text = app.query(text_cql, along(route::by_key({key}).of_table("app", "t")));
            co_await std::move(text);
            const auto tablet = cluster.tablet_of(key);
            CHECK(cluster.requests.back().node == cluster.node_of_tablet(tablet));
            CHECK(cluster.requests.back().shard == cluster.shard_of_tablet(tablet));
            // On a node that is named as well: the shard that has it.
            const auto owner = id_of(cluster.node_of_tablet(tablet));
            auto bound = app.execute(find, along(route::to_host(owner)), key);
            co_await std::move(bound);
            CHECK(!cluster.requests.back().astray);
        }
        co_await app.close();
    });
}

TEST_CASE("A token leads to a replica that is near, to another node where none can be used, and to "
          "the first one for what is conditional") {
    session_cluster cluster(4);
    have_datacenters(cluster, {"dc1", "dc2", "dc1", "dc2"});
    cluster.have_keyspace(2);
    cluster.have_table(1);
    cluster.ring_size = 4;
    cluster.know_all();
    have_datacenters(cluster, {"dc1", "dc2", "dc1", "dc2"});
    cluster.options.local_datacenter("dc1");
    cluster.options.execution_profile("other", execution_profile().local_datacenter("dc2"));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (int i = 0; i < 40; ++i) {
            const auto key = "key " + std::to_string(i);
            const auto owners = cluster.owners_of(key);
            const auto where = route::by_key({key}).of_table("app", "t");
            const auto near = [&](bool odd) {
                return (owners[0] % 2 == 1) == odd ? owners[0] : owners[1];
            };
            auto text = app.query(text_cql, along(where));
            co_await std::move(text);
            CHECK(cluster.requests.back().node == near(true));
            auto other = app.query(text_cql, along(where).execution_profile("other"));
            co_await std::move(other);
            CHECK(cluster.requests.back().node == near(false));
        }
        cluster.node(1).stop();
        const auto is_lost = [&]() -> asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return hosts[0].connections == 0;
        };
        co_await cluster.become(is_lost);
        cluster.requests.clear();
        for (int i = 0; i < 40; ++i) {
            auto text = app.query(
                text_cql, along(route::by_key({"key " + std::to_string(i)}).of_table("app", "t")));
            co_await std::move(text);
        }
        CHECK(cluster.nodes_asked() == std::set<int>{3});
        co_await app.close();
    });
}

TEST_CASE(
    "A key that does not fit its table, or a token without one, is an error before anything is "
    "sent; of a table that is not known any node is asked") {
    session_cluster cluster(3);
    cluster.have_table(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const std::vector<std::pair<route, std::string>> all = {
            {route::by_token(7), "without the table"},
            {route::by_key({"a"}), "without the table"},
            {route::by_token(7).of_table("app", ""), "without the table"},
            {route::by_key({}).of_table("app", "t"),
             "has 0 columns, the partition key of app.t has 1"},
            {route::by_key({"a", "b"}).of_table("app", "t"), "has 2 columns"},
            {route::by_key({7}).of_table("app", "t"), "does not fit the column 'k' of app.t"},
            {route::by_key({value()}).of_table("app", "t"), "does not fit the column 'k'"}};
        for (const auto& [where, text] : all) {
            cluster.requests.clear();
            auto asking = as_result(app.query(text_cql, along(where)));
            const auto outcome = co_await std::move(asking);
            REQUIRE(!outcome.has_value());
            CHECK(outcome.error().is(errc::invalid_argument));
            CHECK(outcome.error().outcome() == request_outcome::not_sent);
            const bool is_told = says(outcome.error(), text);
            CHECK_MESSAGE(is_told, outcome.error().what());
            CHECK(cluster.requests.empty());
        }
        const auto counted = co_await app.metrics();
        CHECK(counted.no_host == 0);
        const std::vector<route> unknown{route::by_token(7).of_table("app", "unknown"),
                                         route::by_key({1, 2}).of_table("nowhere", "t"),
                                         route::by_token(7).of_table("", "t")};
        for (int i = 0; i < 60; ++i)
            for (const auto& where : unknown) {
                auto text = app.query(text_cql, along(where));
                co_await std::move(text);
            }
        CHECK(cluster.requests.size() == 180);
        CHECK(cluster.nodes_asked().size() == 3);
        co_await app.close();
    });
}
