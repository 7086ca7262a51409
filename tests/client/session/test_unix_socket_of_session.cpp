#include "../socket_folder.hpp"
#include "cluster.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

/// The maintenance socket of a cluster's first node: the same node, its acceptor chooses the shard,
/// and the shard-aware port that it tells of leads elsewhere.
testing::node_options maintenance_of(session_cluster& cluster, const std::string& path) {
    auto made = cluster.node(1).options();
    made.address = path;
    return made;
}

} // namespace

TEST_CASE("At a UNIX socket a session knows that one node, with all its shards, and dials no "
          "other") {
    const socket_folder folder;
    session_cluster cluster(3, 4);
    testing::scripted_node maintenance(cluster.context,
                                       maintenance_of(cluster, folder.path("cql.m")));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(options(folder.path("cql.m")));
        co_await app.ready();
        const auto hosts = co_await app.hosts();
        CHECK(hosts.size() == 1);
        CHECK(hosts[0].id == testing::id_of(1));
        auto shards = maintenance.shards_of_connections();
        std::ranges::sort(shards);
        CHECK(shards == std::vector<std::uint32_t>{0, 1, 2, 3});
        const auto find = co_await app.prepare(session_cluster::find_cql);
        for (int i = 0; i < 100; ++i) {
            const auto key = "key " + std::to_string(i);
            auto page = co_await app.execute(find, key);
            CHECK(text_of(page) == "1");
            CHECK(cluster.requests.back().shard == cluster.owning_shard_of(key));
        }
        // Its peers come and go without us.
        cluster.gone = {2};
        cluster.know_all();
        maintenance.tell(topology_change{"REMOVED_NODE", "127.0.0.2", cluster.port});
        maintenance.tell(status_change{"UP", "127.0.0.3", cluster.port});
        auto page = co_await app.query("SELECT v FROM app.t");
        CHECK(text_of(page) == "1");
        // Lost connections are had again there.
        maintenance.drop_connections();
        const auto back = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.hosts();
            co_return now.size() == 1 && now[0].connections == 4;
        };
        co_await cluster.become(back);
        co_await app.close();
    });
    for (int i = 1; i <= 3; ++i) {
        CHECK(cluster.node(i).accepted() == 0);
        CHECK(cluster.by_source[static_cast<std::size_t>(i - 1)]->accepted() == 0);
    }
    for (const auto& each : maintenance.statements())
        CHECK(each.find("system.peers") == std::string::npos);
}

TEST_CASE("Beside a UNIX socket there is no other contact point") {
    const socket_folder folder;
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        const auto refused =
            co_await as_result(connect(options(folder.path("cql.m"), cluster.node(1).where())));
        CHECK(refused.error().is(errc::bad_configuration));
        const auto missing = co_await as_result(connect(options(folder.path("cql.m"))));
        CHECK(!missing.has_value());
        CHECK(std::string(missing.error().what()).find(folder.path("cql.m")) != std::string::npos);
    });
    CHECK(cluster.node(1).accepted() == 0);
}
