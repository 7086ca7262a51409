#include "datacenters.hpp"
#include "testing/schema_tables.hpp"
#include "testing/scylla_tables.hpp"
#include "versioned_cluster.hpp"

#include <set>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;

TEST_CASE("What is to be agreed on by a majority goes to the leader of a tablet first, and to the "
          "next one as soon as that is told") {
    versioned_cluster cluster(6, "global", 3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto put = co_await app.prepare(session_cluster::put_cql);
        for (const auto& key : key_of_each(cluster)) {
            cluster.led = 0;
            co_await find_key(app, key, consistency::quorum);
            for (int leader = 0; leader < 3; ++leader) {
                cluster.led = leader;
                co_await find_key(app, key, consistency::quorum); // which may be told
                for (int i = 0; i < 10; ++i)
                    for (const auto level :
                         {consistency::quorum, consistency::local_quorum, consistency::all}) {
                        co_await find_key(app, key, level);
                        CHECK(cluster.knew_version());
                        CHECK(cluster.came_to_first());
                        const auto options = statement_options().consistency(level);
                        auto putting = app.execute(put, options, key, "v");
                        co_await std::move(putting);
                        CHECK(cluster.came_to_first());
                    }
            }
            // What one of them is to answer is shared among them.
            const auto one = co_await nodes_for(cluster, app, key, consistency::one);
            CHECK(one.size() == 3);
            const auto local_one = co_await nodes_for(cluster, app, key, consistency::local_one);
            CHECK(local_one.size() == 3);
            CHECK(cluster.knew_version());
        }
        co_await app.close();
    });
}

TEST_CASE("The consistency that counts for a leader is that of the profile where the statement "
          "says none") {
    versioned_cluster cluster(6, "global", 3);
    cluster.options.execution_profile(execution_profile().consistency(consistency::quorum));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (const auto& key : key_of_each(cluster)) {
            co_await find_key(app, key);
            for (int i = 0; i < 20; ++i) {
                co_await find_key(app, key);
                CHECK(cluster.came_to_first());
            }
        }
        co_await app.close();
    });
}

TEST_CASE("Nobody leads where the keyspace has no leaders, nor where tablets have no versions") {
    for (const bool versions : {false, true}) {
        CAPTURE(versions);
        versioned_cluster cluster(6, versions ? "eventual" : "global", 3);
        if (!versions)
            cluster.options.tablet_version_keys({});
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            for (const auto& key : key_of_each(cluster)) {
                for (int i = 0; i < 10; ++i)
                    co_await find_key(app, key, consistency::quorum);
                const auto asked = co_await nodes_for(cluster, app, key, consistency::quorum);
                CHECK(asked.size() == 3);
                CHECK(cluster.knew_version() == versions);
            }
            co_await app.close();
        });
    }
}

TEST_CASE("A leader of another data centre is asked first, unless nobody there is to be asked") {
    for (const bool remote : {false, true}) {
        CAPTURE(remote);
        versioned_cluster cluster(6, "global", 3);
        have_datacenters(cluster, {"dc1", "dc2", "dc1"});
        cluster.options.local_datacenter("dc1").remote_hosts(remote);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            for (const auto& key : key_of_each(cluster)) {
                co_await find_key(app, key, consistency::quorum);
                const auto leader = cluster.node_of_tablet(cluster.tablet_of(key));
                const auto asked = co_await nodes_for(cluster, app, key, consistency::quorum);
                if (leader != 2 || remote)
                    CHECK(asked == std::set<int>{leader});
                else
                    CHECK(asked == std::set<int>{1, 3});
                CHECK(cluster.knew_version());
            }
            co_await app.close();
        });
    }
}

TEST_CASE("Where the leader of a tablet is no node that is known, the other replicas share what "
          "would go to it") {
    versioned_cluster cluster(6, "global", 3);
    cluster.gone = {3};
    cluster.know_all();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        int led_by_none = 0;
        for (const auto& key : key_of_each(cluster)) {
            co_await find_key(app, key, consistency::quorum);
            const auto leader = cluster.node_of_tablet(cluster.tablet_of(key));
            led_by_none += leader == 3 ? 1 : 0;
            const auto asked = co_await nodes_for(cluster, app, key, consistency::quorum);
            CHECK(asked == (leader == 3 ? std::set<int>{1, 2} : std::set<int>{leader}));
            CHECK(cluster.knew_version());
        }
        CHECK(led_by_none == 2);
        co_await app.close();
    });
}
