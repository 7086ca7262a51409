#include "from_elsewhere.hpp"
#include "schema_of_cluster.hpp"

#include <cocql/as_result.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

std::size_t in_flight_of(const std::vector<connection_info>& all) {
    std::size_t count = 0;
    for (const auto& each : all)
        count += each.in_flight;
    return count;
}

asio::awaitable<void> ask_in_vain(session app) {
    static_cast<void>(co_await as_result(app.query("silent")));
}

} // namespace

TEST_CASE(
    "A session tells which connections it has: to whom, to which shard, and what they speak") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const std::uint32_t shards : {0U, 2U}) {
            CAPTURE(name_of(how));
            CAPTURE(shards);
            session_cluster cluster(3, shards, how);
            cluster.run([&]() -> asio::awaitable<void> {
                auto app = co_await cluster.connected();
                const auto all = co_await app.connections();
                const auto to_each = std::max(shards, 1U);
                REQUIRE(all.size() == 1 + 3 * to_each);
                CHECK(std::ranges::count_if(all, &connection_info::is_control) == 1);
                CHECK(std::ranges::is_sorted(all, {}, &connection_info::host));
                CHECK(in_flight_of(all) == 0);
                for (const auto& each : all) {
                    CHECK(each.takes_requests == !each.is_control);
                    CHECK(each.version == protocol_version::v4);
                    CHECK(each.authenticated == authenticated_by::nothing);
                    CHECK(each.supported.contains("CQL_VERSION"));
                    CHECK(each.supported.contains("SCYLLA_NR_SHARDS") == (shards != 0));
                    CHECK(each.peer.tls == (how != speech::plain));
                    CHECK(each.peer.tls_version == (how == speech::plain ? "" : "TLSv1.3"));
                    CHECK(each.peer.address == each.where.to_string());
                    CHECK(each.shard.has_value() == (shards != 0 && !each.is_control));
                }
                for (int number = 1; number <= 3; ++number)
                    for (std::uint32_t shard = 0; shard < to_each; ++shard) {
                        const auto is_it = [&](const connection_info& each) {
                            return each.host == testing::id_of(number) && !each.is_control &&
                                   each.shard.value_or(0) == shard;
                        };
                        CHECK(std::ranges::count_if(all, is_it) == 1);
                    }
                co_await app.close();
                const auto none = co_await app.connections();
                CHECK(none.empty());
            });
        }
}

TEST_CASE(
    "A connection tells how many requests are in flight on it, and a lost one is not told of") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (int number = 1; number <= 2; ++number)
            cluster.node(number).options().silent_statement = "silent";
        for (int i = 0; i < 5; ++i)
            start(cluster.context, ask_in_vain(app));
        const auto are_sent = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.connections();
            co_return in_flight_of(now) == 5;
        };
        co_await cluster.become(are_sent);
        cluster.node(2).stop();
        const auto is_gone = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.connections();
            co_return std::ranges::count(now, testing::id_of(2), &connection_info::host) == 0;
        };
        co_await cluster.become(is_gone);
        co_await app.close();
    });
}

TEST_CASE("A session may have one connection to each node, whatever shards that has") {
    session_cluster cluster(3, 4);
    cluster.value_of = [](const std::string& key) { return key; };
    cluster.options.connections_per_shard(3).connections_per_node(0);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto hosts = co_await app.hosts();
        for (const auto& each : hosts) {
            CHECK(each.connections == 1);
            CHECK(each.shards == 4);
        }
        for (const auto& each : cluster.by_source)
            CHECK(each->accepted() == 0);
        const auto find = co_await app.prepare(session_cluster::find_cql);
        for (int i = 0; i < 40; ++i) {
            const auto key = "key " + std::to_string(i);
            const auto answer = co_await app.execute(find, key);
            for (const auto [value] : answer.rows<std::string>())
                CHECK(value == key);
            CHECK(cluster.requests.back().node == cluster.owner_of(key));
        }
        const auto all = co_await app.connections();
        CHECK(all.size() == 4);
        co_await app.close();
    });
    // The last word counts.
    const auto by_shards = options().connections_per_node(2).connections_per_shard(3);
    CHECK(!by_shards.connections_per_node());
    CHECK(by_shards.connections_per_shard() == 3);
}

TEST_CASE("A sibling tells of its own connections, and any may be asked from elsewhere") {
    session_cluster cluster(2);
    world other(world_kind::pool);
    session app;
    session beside;
    cluster.run([&]() -> asio::awaitable<void> {
        session nothing;
        const auto none = co_await as_result(nothing.connections());
        REQUIRE(!none.has_value());
        CHECK(none.error().is(errc::connection_closed));
        app = co_await cluster.connected();
        beside = co_await app.on(cluster.context.get_executor());
        co_await beside.ready();
        const auto its = co_await beside.connections();
        CHECK(its.size() == 2);
        CHECK(std::ranges::none_of(its, &connection_info::is_control));
        const auto own = co_await app.connections();
        CHECK(own.size() == 3);
    });
    const auto count = [](session app) -> asio::awaitable<std::size_t> {
        const auto all = co_await app.connections();
        co_return all.size();
    };
    CHECK(from_elsewhere(cluster, other, count(app)) == 3);
    cluster.run([&]() -> asio::awaitable<void> {
        co_await app.close();
        co_await beside.close();
    });
}
