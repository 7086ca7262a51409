#include "run.hpp"
#include "testing/memory_world.hpp"

#include <cocql/as_result.hpp>
#include <cocql/session.hpp>
#include <cocql/testing/id_of.hpp>
#include <cocql/testing/scripted_cluster.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <dirent.h>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace std::chrono_literals;

namespace {

cluster_settings in_memory(int size, std::uint32_t shards = 0) {
    cluster_settings settings;
    settings.size = size;
    settings.shards = shards;
    settings.in_memory = true;
    return settings;
}

/// A cluster without sockets, and sessions with it.
class cluster_without_sockets {
  public:
    explicit cluster_without_sockets(cluster_settings settings)
        : cluster(*context, std::move(settings)), how(cluster.node(1).where()) {
        for (int number = 2; number <= cluster.size(); ++number)
            how.contact_point(cluster.node(number).where());
    }

    /// One that has all its connections.
    session connected() {
        auto made = cluster.run(connect(how));
        cluster.run(made.ready());
        cluster.requests.clear();
        return made;
    }
    /// To a node, for requests, as it sees them.
    std::size_t connections_of(int number) {
        return cluster.node(number).shards_of_connections().size();
    }
    /// The same as the session sees it: time does not pass for that.
    bool is_used(session& app, int number) {
        const auto all = cluster.run(app.connections());
        return std::ranges::any_of(all, [&](const connection_info& each) {
            return each.host == id_of(number) && !each.is_control && each.takes_requests;
        });
    }
    std::chrono::nanoseconds time_since(std::chrono::steady_clock::time_point moment) const {
        return cluster.now() - moment;
    }

    std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
    scripted_cluster cluster;
    options how;
};

std::size_t open_sockets() {
    std::size_t count = 0;
    DIR* folder = opendir("/proc/self/fd");
    while (const auto* const entry = readdir(folder)) {
        char target[64] = {};
        const auto path = std::string("/proc/self/fd/") + entry->d_name;
        if (readlink(path.c_str(), target, sizeof target - 1) > 0 &&
            std::strncmp(target, "socket:", 7) == 0)
            ++count;
    }
    closedir(folder);
    return count;
}

asio::awaitable<page> find_one(session app, prepared_statement find, std::string key,
                               statement_options how = statement_options()) {
    co_return co_await app.execute(find, how, key);
}

std::string text_in(const page& answer) {
    const auto cell = answer.front()[0].decode();
    return cell ? *cell->get<std::string>() : "";
}

void have_another_schema(cluster_tables& tables) {
    auto& table = tables.at("system.local");
    std::map<std::string, value> named;
    for (std::size_t i = 0; i < table.columns().size(); ++i)
        if (const auto& cell = table.rows().front()[i]; !cell.is_null())
            named.insert_or_assign(table.columns()[i].name, cell);
    named.insert_or_assign("schema_version", value(id_of(7)));
    auto made = table.without_rows();
    made.add(named);
    table = std::move(made);
}

/// Each statement that came to each node, and what else was asked of the table.
std::vector<std::string> what_came(scripted_cluster& cluster) {
    std::vector<std::string> all;
    for (int number = 1; number <= cluster.size(); ++number)
        for (auto* const each : cluster.ports_of(number))
            for (const auto& cql : each->statements())
                all.push_back(std::to_string(number) + ": " + cql);
    for (const auto& each : cluster.requests)
        all.push_back(std::to_string(each.node) + "/" + std::to_string(each.shard) + ": " +
                      each.cql + " of " + each.key);
    return all;
}

/// A session's whole life, with a node that is lost and comes back meanwhile.
std::vector<std::string> whole_life(std::uint64_t seed) {
    auto settings = in_memory(3, 2);
    settings.seed = seed;
    cluster_without_sockets all(settings);
    all.cluster.have_keyspace(2);
    auto app = all.connected();
    const auto find = all.cluster.run(app.prepare(all.cluster.find_cql));
    const auto ask = [&](const std::string& key) {
        static_cast<void>(
            all.cluster.run(find_one(app, find, key, statement_options().idempotent())));
        static_cast<void>(all.cluster.run(app.query("SELECT v FROM app.t")));
    };
    for (int i = 0; i < 20; ++i)
        ask("key " + std::to_string(i));
    all.cluster.kill(2);
    for (int i = 0; i < 20; ++i)
        ask("other key " + std::to_string(i));
    all.cluster.run_for(10min);
    all.cluster.start(2);
    all.cluster.run_for(2min);
    for (int i = 0; i < 20; ++i)
        ask("last key " + std::to_string(i));
    auto came = what_came(all.cluster);
    all.cluster.run(app.close());
    return came;
}

} // namespace

TEST_CASE("A session in memory asks a whole cluster without a socket, and without time") {
    const auto before = open_sockets();
    for (const std::uint32_t shards : {0U, 3U}) {
        cluster_without_sockets all(in_memory(3, shards));
        CHECK(all.cluster.port == 9042);
        const auto begun = all.cluster.now();
        auto app = all.connected();
        CHECK(open_sockets() == before);
        if (shards != 0)
            CHECK(all.cluster.connected_shards() == 9);
        const auto find = all.cluster.run(app.prepare(all.cluster.find_cql));
        for (int i = 0; i < 30; ++i) {
            const auto key = "key " + std::to_string(i);
            const auto found = all.cluster.run(find_one(app, find, key));
            CHECK(text_in(found) == std::to_string(all.cluster.owner_of(key)));
        }
        CHECK(std::ranges::none_of(all.cluster.requests, &cluster_request::astray));
        CHECK(all.time_since(begun) == 0s);
        all.cluster.run(app.close());
        for (int number = 1; number <= 3; ++number)
            CHECK(all.connections_of(number) == 0);
    }
}

TEST_CASE("A node that was down for an hour is connected to again within the longest pause") {
    cluster_without_sockets all(in_memory(2));
    auto app = all.connected();
    all.cluster.kill(2);
    all.cluster.run_for(1h);
    CHECK(!all.is_used(app, 2));
    CHECK(all.is_used(app, 1));
    // After 1, 2, 4, 8, 16 and 32 seconds, and then once a minute, give or take 15 %.
    const auto tried = all.cluster.run(app.metrics()).counts.connections_failed;
    CHECK(tried >= 55);
    CHECK(tried <= 80);
    all.cluster.start(2);
    const auto back = all.cluster.now();
    all.cluster.run_until([&] { return all.connections_of(2) != 0; });
    CHECK(all.time_since(back) > 0s);
    CHECK(all.time_since(back) <= 69s); // a minute, and 15 % of it
    CHECK(all.cluster.node(2).accepted() == 1);
    all.cluster.run(app.close());
}

TEST_CASE("A node that can no longer be reached is found out by the heartbeat, to the moment") {
    cluster_without_sockets all(in_memory(2));
    all.how.connection().heartbeat(30s, 5s);
    auto app = all.connected();
    all.cluster.cut_off(2);
    all.cluster.run_for(35s - 1ns);
    CHECK(all.is_used(app, 2));
    all.cluster.run_for(1ns);
    CHECK(!all.is_used(app, 2));
    CHECK(all.is_used(app, 1));
    // The node has not heard of that, and whoever connects to it waits.
    CHECK(all.connections_of(2) == 1);
    all.cluster.run_for(10min);
    CHECK(!all.is_used(app, 2));
    all.cluster.join(2);
    all.cluster.run_for(70s);
    CHECK(all.is_used(app, 2));
    CHECK(all.connections_of(2) == 1);
    all.cluster.run(app.close());
}

TEST_CASE("A request to a node that says nothing ends at its deadline exactly") {
    cluster_without_sockets all(in_memory(1));
    auto app = all.connected();
    const auto find = all.cluster.run(app.prepare(all.cluster.find_cql));
    for (const bool reached : {true, false}) {
        if (reached)
            all.cluster.pause(1);
        else
            all.cluster.cut_off(1);
        const auto begun = all.cluster.now();
        const auto in_time = statement_options().timeout(1500ms);
        const auto late = all.cluster.run(as_result(find_one(app, find, "key", in_time)));
        REQUIRE(!late);
        CHECK(late.error().is(errc::timed_out));
        CHECK(all.time_since(begun) == 1500ms);
        if (reached)
            all.cluster.resume(1);
        else
            all.cluster.join(1);
        const auto found = all.cluster.run(find_one(app, find, "key"));
        CHECK(text_in(found) == "1");
        CHECK(all.time_since(begun) == 1500ms);
    }
    all.cluster.run(app.close());
}

TEST_CASE("An answer takes as long as the node does, by the cluster's time") {
    cluster_without_sockets all(in_memory(1));
    auto app = all.connected();
    const auto find = all.cluster.run(app.prepare(all.cluster.find_cql));
    all.cluster.slow(1, 7s);
    const auto begun = all.cluster.now();
    static_cast<void>(all.cluster.run(find_one(app, find, "key")));
    CHECK(all.time_since(begun) == 7s);
    all.cluster.run(app.close());
}

TEST_CASE("Schema agreement is given up where the next question would come at its bound") {
    cluster_without_sockets all(in_memory(2));
    auto app = all.connected();
    have_another_schema(all.cluster.tables_of(2));
    const auto begun = all.cluster.now();
    const auto agreement = all.cluster.run(app.await_schema_agreement(20s));
    CHECK(!agreement.is_reached);
    CHECK(agreement.nodes.size() == 2);
    CHECK(all.time_since(begun) == 20s - 200ms);
    all.cluster.run(app.close());
}

TEST_CASE("A session that is opened, used and closed twice with one seed asks the same in the same "
          "order") {
    const auto once = whole_life(1);
    CHECK(once.size() > 100);
    CHECK(whole_life(1) == once);
    CHECK(whole_life(2) != once);
}

TEST_CASE("Opening a session gives up a cluster that cannot be reached at its deadline") {
    cluster_without_sockets all(in_memory(1));
    all.cluster.cut_off(1);
    all.how.connection().connect_timeout(5s);
    const auto begun = all.cluster.now();
    const auto late = all.cluster.run(as_result(connect(all.how)));
    REQUIRE(!late);
    CHECK(late.error().has(errc::timed_out));
    CHECK(late.error().phase() == phase::tcp_connect);
    CHECK(all.time_since(begun) == 5s);
    all.cluster.join(1);
    all.cluster.stop(1);
    const auto refused = all.cluster.run(as_result(connect(all.how)));
    REQUIRE(!refused);
    CHECK(refused.error().has(errc::connect_failed));
    CHECK(all.time_since(begun) == 5s);
}

TEST_CASE(
    "What waits for a node that cannot be reached ends at once when it is closed or cancelled") {
    cluster_without_sockets all(in_memory(2));
    auto app = all.connected();
    all.cluster.cut_off(2);
    all.cluster.run_for(10min);
    auto begun = all.cluster.now();
    all.cluster.run(app.close());
    CHECK(all.time_since(begun) <= 1s); // what a goodbye may take
    all.cluster.cut_off(1);
    begun = all.cluster.now();
    asio::cancellation_signal cancel;
    bool thrown = false;
    asio::co_spawn(*all.context, connect(all.how),
                   asio::bind_cancellation_slot(cancel.slot(),
                                                [&thrown](std::exception_ptr why, const session&) {
                                                    thrown = why != nullptr;
                                                }));
    all.cluster.run_for(2s);
    CHECK(!thrown);
    cancel.emit(asio::cancellation_type::terminal);
    all.cluster.run_until([&] { return thrown; });
    CHECK(all.time_since(begun) == 2s);
}

TEST_CASE("In memory a session lives on an io_context that is made for many threads, too") {
    asio::io_context context;
    scripted_cluster cluster(context, in_memory(2, 2));
    auto app = cluster.run(connect(options(cluster.node(1).where())));
    cluster.run(app.ready());
    auto sibling = cluster.run(app.on(context.get_executor()));
    cluster.run(sibling.ready());
    cluster.kill(2);
    cluster.run_for(1h);
    cluster.start(2);
    cluster.run_for(70s);
    CHECK(cluster.connected_shards() == 4);
    const auto find = cluster.run(sibling.prepare(cluster.find_cql));
    CHECK(text_in(cluster.run(find_one(sibling, find, "key"))) ==
          std::to_string(cluster.owner_of("key")));
    cluster.run(sibling.close());
    cluster.run(app.close());
}

TEST_CASE("A node in memory breaks off in the middle of an answer, as over a socket") {
    cluster_without_sockets all(in_memory(1));
    auto& node = all.cluster.node(1).options();
    node.fault_after = 100;
    node.fault = node_fault::reset;
    const auto lost = all.cluster.run(as_result(connect(all.how)));
    REQUIRE(!lost);
    CHECK(lost.error().has(errc::connection_lost));
    node.fault = node_fault::silence;
    all.how.connection().connect_timeout(3s);
    const auto begun = all.cluster.now();
    const auto late = all.cluster.run(as_result(connect(all.how)));
    REQUIRE(!late);
    CHECK(late.error().has(errc::timed_out));
    CHECK(all.time_since(begun) == 3s);
}

TEST_CASE("A program that connects by a host's name finds the cluster in memory by it") {
    cluster_without_sockets all(in_memory(2));
    all.cluster.name("db.example", {2, 1});
    auto app = all.cluster.run(connect(options("db.example")));
    all.cluster.run(app.ready());
    CHECK(all.is_used(app, 1));
    CHECK(all.is_used(app, 2));
    all.cluster.run(app.close());
    const auto unknown = all.cluster.run(as_result(connect(options("other.example"))));
    REQUIRE(!unknown);
    CHECK(unknown.error().has(errc::resolve_failed));
}

TEST_CASE("What a program does by and by is done by the cluster's time") {
    cluster_without_sockets all(in_memory(1));
    all.how.connection().heartbeat(10min, 5s);
    auto app = all.connected();
    const auto by_and_by = [](scripted_cluster& cluster, session app) -> asio::awaitable<int> {
        const auto find = co_await app.prepare(cluster.find_cql);
        int found = 0;
        for (int hour = 0; hour < 12; ++hour) {
            const auto rows = co_await app.execute(find, "key");
            found += static_cast<int>(rows.size());
            co_await cluster.wait_for(1h);
        }
        co_return found;
    };
    const auto begun = all.cluster.now();
    CHECK(all.cluster.run(by_and_by(all.cluster, app)) == 12);
    CHECK(all.time_since(begun) == 12h);
    CHECK(all.cluster.node(1).accepted() == 2); // it was never lost
    all.cluster.run(app.close());
}

TEST_CASE("What will never be is told of instead of waited for") {
    cluster_without_sockets all(in_memory(1));
    all.how.connection().heartbeat(1h, 5s);
    CHECK_THROWS_AS(all.cluster.run_until([] { return false; }), std::logic_error);
    auto app = all.connected();
    CHECK_THROWS_AS(all.cluster.run_until([] { return false; }), std::logic_error); // heartbeats
    all.cluster.run(app.close());
}

TEST_CASE("Whoever asks again and again instead of waiting is told of, and not run for ever") {
    cluster_without_sockets all(in_memory(1));
    memory_world::of(*all.context, 1)->patience = 1000;
    tests::start(*all.context, []() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        for (;;)
            co_await asio::post(executor, asio::use_awaitable);
    }());
    CHECK_THROWS_AS(all.cluster.run_until([] { return false; }), std::logic_error);
    CHECK_THROWS_AS(all.cluster.run_for(1s), std::logic_error);
}

TEST_CASE("A scripted node knows USE by what it says, however it is written") {
    cluster_without_sockets all(in_memory(2));
    auto app = all.connected();
    for (const auto& [cql, name] :
         std::map<std::string, std::string>{{"use one", "one"},
                                            {"USE Two;", "two"},
                                            {"  USE\tThree ; ", "three"},
                                            {"/* USE five */ uSe \"Fo\"\"ur\" ;", "Fo\"ur"},
                                            {"-- USE six\nUSE\nfive", "five"},
                                            {"USE/**/six--seven", "six"},
                                            {"// eight\r\nUSE \"S ;\"", "S ;"},
                                            {"USE\"eight\"", "eight"}}) {
        const std::string said = cql;
        CAPTURE(said);
        const auto answer = all.cluster.run(app.query(cql));
        CHECK(answer.keyspace() == name);
        all.cluster.requests.clear();
        for (int i = 0; i < 10; ++i)
            static_cast<void>(all.cluster.run(app.query("SELECT v FROM t")));
        for (const auto& each : all.cluster.requests)
            CHECK(each.keyspace == name);
    }
    all.cluster.run(app.close());
}

TEST_CASE("What leaves through the io_context in memory leaves through run") {
    cluster_without_sockets all(in_memory(1));
    auto app = all.connected();
    all.cluster.answer = [](int, const node_request&) -> std::optional<node_reply> {
        throw std::runtime_error("of the test");
    };
    CHECK_THROWS_WITH(static_cast<void>(all.cluster.run(app.query("SELECT v FROM app.t"))),
                      "of the test");
}

TEST_CASE("Only a cluster in memory has a time of its own, and only one with sockets has TLS") {
    asio::io_context context(1);
    scripted_cluster sockets(context);
    CHECK_THROWS_AS(sockets.run_for(1s), std::logic_error);
    CHECK_THROWS_AS(sockets.cut_off(1), std::logic_error);
    CHECK_THROWS_AS(sockets.kill(1), std::logic_error);
    auto settings = in_memory(1);
    settings.tls.emplace();
    CHECK_THROWS_AS(scripted_cluster(context, settings), std::invalid_argument);
}

TEST_CASE("Two clusters in memory on one io_context have ports of their own") {
    asio::io_context context(1);
    scripted_cluster one(context, in_memory(2, 2));
    scripted_cluster other(context, in_memory(2, 2));
    CHECK(one.port == 9042);
    CHECK(other.port == 9043);
    auto app = one.run(connect(options(other.node(1).where())));
    one.run(app.ready());
    CHECK(other.connected_shards() == 4);
    CHECK(one.connected_shards() == 0);
    one.run(app.close());
}

TEST_CASE("A cluster in memory, its io_context and a session go in any order") {
    for (int order = 0; order < 6; ++order) {
        CAPTURE(order);
        auto context = std::make_unique<asio::io_context>(1);
        auto cluster = std::make_unique<scripted_cluster>(*context, in_memory(2, 2));
        std::optional<session> app = cluster->run(connect(options(cluster->node(1).where())));
        cluster->run(app->ready());
        const auto find = cluster->run(app->prepare(cluster->find_cql));
        cluster->cut_off(2);
        cluster->pause(1);
        tests::start(*context, [](session app, prepared_statement find) -> asio::awaitable<void> {
            co_await app.execute(find, "a key that is never found");
        }(*app, find));
        cluster->run_for(1s);
        const auto end = [&](int what) {
            if (what == 0)
                context.reset();
            else if (what == 1)
                cluster.reset();
            else
                app.reset();
        };
        const int first = order / 2;
        const int second = order % 2 == 0 ? (first + 1) % 3 : (first + 2) % 3;
        end(first);
        end(second);
        end(3 - first - second);
    }
}
