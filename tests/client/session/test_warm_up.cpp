#include "versioned_cluster.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

constexpr const char* tablets_cql = "SELECT * FROM system.tablets";

/// Nodes whose table has tablets, and options by which a session knows them from the beginning.
struct warm_cluster : session_cluster {
    std::vector<std::string> warnings;

    explicit warm_cluster(int tablets, int replicas = 1) : session_cluster(3, 4) {
        have_keyspace(replicas);
        have_tablets(tablets);
        options.warm_up().warnings([this](const std::string& what) { warnings.push_back(what); });
    }

    /// What a node answers to whoever reads where tablets are; nothing: as they are.
    void on_reading(std::function<std::optional<node_reply>(int node)> reply) {
        for (int i = 1; i <= size(); ++i)
            node(i).options().answer_request =
                [i, reply, before = node(i).options().answer_request](const node_request& request) {
                    if (request.cql.starts_with(tablets_cql))
                        if (auto own = reply(i))
                            return std::optional(std::move(*own));
                    return before(request);
                };
    }
    int readings() const {
        std::ptrdiff_t all = 0;
        for (const auto& each : nodes)
            all += std::ranges::count_if(each->statements(), [](const std::string& cql) {
                return cql.starts_with(tablets_cql);
            });
        return static_cast<int>(all);
    }
    int strays() const {
        return static_cast<int>(std::ranges::count_if(requests, &testing::cluster_request::astray));
    }
    std::size_t tablets_asked() const {
        std::set<int> all;
        for (const auto& each : requests)
            all.insert(tablet_of(each.key));
        return all.size();
    }
};

asio::awaitable<void> find_keys(session_cluster& cluster, session& app, int keys) {
    cluster.requests.clear();
    cluster.told = 0;
    for (int i = 0; i < keys; ++i)
        co_await find_key(app, key_of(i));
}

/// It is over soon that there are connections of a session that was not to be.
void have_no_connections(session_cluster& cluster) {
    cluster.until([&] { return cluster.connected_shards() == 0; });
}

} // namespace

TEST_CASE("With warm-up none of the requests goes to a wrong node or shard, not even the first "
          "about a tablet (csharp-driver#278)") {
    for (const int replicas : {1, 3}) {
        CAPTURE(replicas);
        warm_cluster cluster(128, replicas);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await connect(cluster.options);
            CHECK(cluster.connected_shards() == 12);
            co_await find_keys(cluster, app, 1'200);
            CHECK(cluster.requests.size() == 1'200);
            CHECK(cluster.tablets_asked() == 128);
            CHECK(cluster.strays() == 0);
            CHECK(cluster.told == 0);
            CHECK(cluster.readings() == 1);
            CHECK(cluster.warnings.empty());
            const auto now = co_await app.metrics();
            CHECK(now.tablets_read == 128);
            CHECK(now.tablet_hits == 1'200);
            CHECK(now.tablet_misses == 0);
            CHECK(now.tablets_learned == 0);
            MESSAGE("requests: " << cluster.requests.size() << ", at a wrong node or shard: "
                                 << cluster.strays() << ", with copies: " << replicas);
            co_await app.close();
        });
    }
}

TEST_CASE("Tablets that have moved since they were read are learned from answers, once each") {
    warm_cluster cluster(32);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        co_await find_keys(cluster, app, 300);
        CHECK(cluster.strays() == 0);
        cluster.moved = 1;
        co_await find_keys(cluster, app, 300);
        CHECK(cluster.strays() == 32);
        CHECK(cluster.told == 32);
        co_await find_keys(cluster, app, 300);
        CHECK(cluster.strays() == 0);
        CHECK(cluster.readings() == 1);
        co_await app.close();
    });
}

TEST_CASE("Tablets are read over several pages") {
    warm_cluster cluster(128);
    for (auto& each : cluster.tables)
        each.rows_per_page = 50;
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        co_await find_keys(cluster, app, 600);
        CHECK(cluster.strays() == 0);
        CHECK(cluster.readings() == 3);
        co_await app.close();
    });
}

TEST_CASE("Where tablets cannot be read there is one warning, and they are learned from answers") {
    const server_error unauthorized{
        server_error_code::unauthorized,
        "User app has no SELECT permission on <table system.tablets> or any of its parents",
        {}};
    for (const bool is_there : {false, true}) {
        CAPTURE(is_there);
        warm_cluster cluster(32);
        for (auto& each : cluster.tables)
            if (!is_there)
                each.remove("system.tablets");
        if (is_there)
            cluster.on_reading([&](int) { return std::optional(error_of(unauthorized)); });
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await connect(cluster.options);
            REQUIRE(cluster.warnings.size() == 1);
            CHECK(cluster.warnings[0].find(is_there ? "no SELECT permission"
                                                    : "unconfigured table tablets") !=
                  std::string::npos);
            CHECK(cluster.connected_shards() == 12);
            co_await find_keys(cluster, app, 600);
            CHECK(cluster.strays() > 0);
            CHECK(cluster.strays() <= 32);
            CHECK(cluster.told == cluster.strays());
            const auto now = co_await app.metrics();
            CHECK(now.tablets_read == 0);
            co_await app.close();
            CHECK(cluster.warnings.size() == 1);
        });
    }
}

TEST_CASE("Where there are no tablets warm-up is that all nodes have their connections") {
    for (const std::uint32_t shards : {0u, 4u}) {
        CAPTURE(shards);
        session_cluster cluster(3, shards);
        cluster.have_table(1);
        cluster.options.warm_up();
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await connect(cluster.options);
            const auto hosts = co_await app.hosts();
            for (const auto& each : hosts)
                CHECK(each.connections == std::max(shards, 1u));
            const auto before = cluster.node(1).statements().size();
            co_await app.ready();
            CHECK(cluster.node(1).statements().size() == before);
            for (const auto& each : cluster.nodes)
                for (const auto& cql : each->statements())
                    CHECK(!cql.starts_with(tablets_cql));
            co_await app.close();
        });
    }
}

TEST_CASE("Without warm-up nobody asks where tablets are") {
    warm_cluster cluster(16);
    cluster.options.warm_up(false);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        co_await find_keys(cluster, app, 100);
        CHECK(cluster.readings() == 0);
        CHECK(cluster.strays() > 0);
        co_await app.close();
    });
}

TEST_CASE("A node that cannot be reached does not hold warm-up up for longer than it is tried") {
    warm_cluster cluster(16);
    for (const auto* const each : {&cluster.nodes, &cluster.by_source})
        (*each)[2]->options().silent = testing::silence::at_accept;
    cluster.options.connection().connect_timeout(300ms);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        CHECK(cluster.connected_shards() == 8);
        const auto now = co_await app.metrics();
        CHECK(now.tablets_read == 16);
        co_await app.close();
    });
}

TEST_CASE("Where tablets have versions the first request goes to the right place, and each tablet "
          "is told once") {
    versioned_cluster cluster(16, "global", 3);
    cluster.options.warm_up();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        cluster.requests.clear();
        for (const auto& key : key_of_each(cluster)) {
            co_await find_key(app, key, consistency::quorum);
            CHECK(!cluster.requests.back().astray);
            CHECK(cluster.knew_none());
        }
        CHECK(cluster.told == 16);
        for (const auto& key : key_of_each(cluster)) {
            co_await find_key(app, key, consistency::quorum);
            CHECK(cluster.knew_version());
            CHECK(cluster.came_to_first());
        }
        CHECK(cluster.told == 16);
        co_await app.close();
    });
}

TEST_CASE("Tablets of a table that was made anew before they were read are not taken for the other "
          "one's") {
    warm_cluster cluster(16);
    cluster.on_reading([&](int) {
        cluster.have_table(2); // nobody has been told yet
        return std::optional<node_reply>();
    });
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        const auto now = co_await app.metrics();
        CHECK(now.tablets_read == 0);
        co_await find_keys(cluster, app, 200);
        CHECK(cluster.strays() > 0);
        CHECK(cluster.strays() <= 16);
        CHECK(cluster.warnings.empty());
        co_await app.close();
    });
}

TEST_CASE("Tablets of a table that is made anew while they are read are forgotten with the news") {
    warm_cluster cluster(16);
    cluster.on_reading([&](int) {
        asio::post(cluster.context, [&cluster] { // they are those of the old one
            cluster.have_table(2);
            cluster.tell_all(schema_change{"CREATED", "TABLE", "app", "t", {}});
        });
        return std::optional<node_reply>();
    });
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        const auto now = co_await app.metrics();
        CHECK(now.tablets_read == 16);
        const auto is_another = [&]() -> asio::awaitable<bool> {
            const auto known = co_await app.metadata();
            co_return known.table("app", "t")->id == id_of(2);
        };
        co_await cluster.become(is_another);
        co_await find_keys(cluster, app, 200);
        CHECK(cluster.strays() > 0);
        co_await app.close();
    });
}

TEST_CASE("connect() can be cancelled while it is read where tablets are, and leaves nothing") {
    warm_cluster cluster(16);
    bool asked = false;
    cluster.on_reading([&](int) {
        asked = true;
        return std::optional<node_reply>();
    });
    for (const auto& each : cluster.nodes)
        each->options().delay = [](const std::string& cql) {
            return cql.starts_with(tablets_cql) ? 1h : 0h;
        };
    cluster.run([&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        const auto is_asked = [&]() -> asio::awaitable<bool> {
            co_return asked&& cluster.connected_shards() == 12;
        };
        auto racing = as_result(connect(cluster.options)) || cluster.become(is_asked);
        const auto outcome = co_await std::move(racing);
        CHECK(outcome.index() == 1);
    });
    have_no_connections(cluster);
    CHECK(cluster.warnings.empty());
    for (const auto& each : cluster.nodes)
        each->options().delay = nullptr;
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        co_await find_keys(cluster, app, 100);
        CHECK(cluster.strays() == 0);
        co_await app.close();
    });
}

TEST_CASE("Where the control connection is lost while it is read where tablets are another node "
          "is asked") {
    warm_cluster cluster(16);
    int readings = 0;
    cluster.on_reading([&](int node) {
        if (++readings == 1)
            asio::post(cluster.context,
                       [&cluster, node] { cluster.node(node).drop_connections(); });
        return std::optional<node_reply>();
    });
    for (const auto& each : cluster.nodes)
        each->options().delay = [&](const std::string& cql) {
            return cql.starts_with(tablets_cql) && readings == 1 ? 1h : 0h;
        };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options);
        CHECK(readings == 2);
        CHECK(cluster.warnings.empty());
        const auto now = co_await app.metrics();
        CHECK(now.tablets_read == 16);
        CHECK(now.control_reconnects == 1);
        co_await app.ready();
        co_await app.close();
    });
}
