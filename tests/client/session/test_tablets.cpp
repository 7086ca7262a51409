#include "cluster.hpp"

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// Of each tablet how many requests reached another node or shard than its own.
std::map<int, int> strays(const session_cluster& cluster) {
    std::map<int, int> all;
    for (const auto& each : cluster.requests) {
        const auto which = cluster.tablet_of(each.key);
        if (each.node != cluster.node_of_tablet(which) ||
            each.shard != cluster.shard_of_tablet(which))
            ++all[which];
    }
    return all;
}

/// How many were answered by where a tablet is.
asio::awaitable<int> ask(session_cluster& cluster, session& app, int keys) {
    const auto find = co_await app.prepare(session_cluster::find_cql);
    cluster.told = 0;
    for (int i = 0; i < keys; ++i)
        co_await app.execute(find, "key " + std::to_string(i));
    co_return cluster.told;
}

std::size_t met(const session_cluster& cluster, int keys) {
    std::set<int> all;
    for (int i = 0; i < keys; ++i)
        all.insert(cluster.tablet_of("key " + std::to_string(i)));
    return all.size();
}

} // namespace

TEST_CASE("Of each tablet one request at most goes astray, and then all go to its node and shard") {
    session_cluster cluster(3, 4);
    cluster.have_tablets(128);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        // One may go right by chance; nothing is told then, and the next may go astray instead.
        auto told = co_await ask(cluster, app, 600);
        CHECK(told > 0);
        for (int again = 0; again < 3; ++again)
            told += co_await ask(cluster, app, 600);
        CHECK(cluster.requests.size() == 2'400);
        CHECK(met(cluster, 600) > 100);
        int all = 0;
        for (const auto& [tablet, times] : strays(cluster)) {
            CHECK(times == 1);
            all += times;
        }
        CHECK(all == told);

        // They move: once more each.
        cluster.requests.clear();
        cluster.moved = 1;
        const auto moved = co_await ask(cluster, app, 600);
        CHECK(moved <= static_cast<int>(met(cluster, 600)));
        CHECK(moved >= static_cast<int>(strays(cluster).size()));
        for (const auto& [tablet, times] : strays(cluster))
            CHECK(times == 1);
        co_await app.close();
    });
}

TEST_CASE("Tablets of a table that was made anew are forgotten, and so are those on a node that "
          "is gone") {
    session_cluster cluster(3, 2);
    cluster.have_tablets(16);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto first = co_await ask(cluster, app, 200);
        CHECK(first > 0);
        for (int again = 0; again < 5; ++again) // what went right by chance may go astray once
            co_await ask(cluster, app, 200);
        const auto known = co_await ask(cluster, app, 200);
        CHECK(known == 0);
        cluster.have_table(2);
        cluster.tell_all(schema_change{"CREATED", "TABLE", "app", "t", {}});
        const auto anew = [&]() -> asio::awaitable<bool> {
            const auto told = co_await ask(cluster, app, 200);
            co_return told > 0;
        };
        co_await cluster.become(anew);

        cluster.gone = {3};
        cluster.know_all();
        cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(app, 2);
        cluster.requests.clear();
        co_await ask(cluster, app, 200);
        CHECK(cluster.nodes_asked() == std::set<int>{1, 2});
        co_await app.close();
    });
}

TEST_CASE("What a server says of a tablet that makes no sense is told as a warning and not used") {
    session_cluster cluster(2, 2);
    cluster.have_tablets(4);
    std::vector<std::string> warnings;
    cluster.options.warnings([&](const std::string& what) { warnings.push_back(what); });
    cluster.answer = [](int, const testing::node_request&) {
        return std::optional(testing::with_payload(
            testing::rows_of({"found"}), {{"tablets-routing-v1", {std::byte{1}}}, {"other", {}}}));
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto page = co_await app.execute(find, "key");
        CHECK(page.size() == 1);
        CHECK(page.custom_payload().size() == 2);
        CHECK(warnings.size() == 1);
        co_await app.close();
    });
}

TEST_CASE(
    "X23 a listener of warnings that throws does so out of the executor, and the answer is given") {
    session_cluster cluster(2, 2);
    cluster.have_tablets(4);
    cluster.options.warnings([](const std::string&) { throw 1; });
    cluster.answer = [](int, const testing::node_request&) {
        return std::optional(testing::with_payload(testing::rows_of({"found"}),
                                                   {{"tablets-routing-v1", {std::byte{1}}}}));
    };
    bool over = false;
    start(cluster.context, [](session_cluster& cluster, bool& over) -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto page = co_await app.execute(find, "key");
        CHECK(page.size() == 1);
        co_await app.close();
        over = true;
    }(cluster, over));
    int thrown = 0;
    while (!over)
        try {
            const auto ran = cluster.context.run_one();
            REQUIRE(ran != 0);
        } catch (int) {
            ++thrown;
        }
    CHECK(thrown == 1);
}

TEST_CASE("A conditional statement, which ScyllaDB marks, goes to the first replica of its tablet "
          "or ring") {
    session_cluster cluster(3, 2);
    cluster.have_keyspace(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto set = co_await app.prepare("UPDATE app.t SET v = 1 WHERE k = ? IF EXISTS");
        CHECK(set.is_conditional());
        const auto find = co_await app.prepare(session_cluster::find_cql);
        CHECK(!find.is_conditional());
        for (int i = 0; i < 20; ++i)
            co_await app.execute(set, "one key");
        CHECK(cluster.nodes_asked() == std::set<int>{cluster.owner_of("one key")});
        for (int i = 0; i < 60; ++i)
            co_await app.execute(find, "one key");
        CHECK(cluster.nodes_asked().size() == 3);
        co_await app.close();
    });
}
