#include "descriptors_left.hpp"
#include "quiet_cluster.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

// What was reported of other drivers in clusters. All but one of these are in memory, and so is
// their time.

namespace {

/// Those of all the keys that are not on a node.
std::vector<std::string> keys_beside(const scripted_cluster& cluster, int node) {
    auto keys = some_keys(100);
    std::erase_if(keys, [&](const std::string& key) {
        return cluster.node_of_tablet(cluster.tablet_of(key)) == node;
    });
    return keys;
}

/// So many keys. How many are answered with one row, of all that are answered.
int read_at_once(quiet_cluster& cluster, session app, const prepared_statement& find, int count) {
    int answered = 0;
    int right = 0;
    const auto read = [&](std::string key) -> asio::awaitable<void> {
        const auto page = co_await app.execute(find, key);
        right += page.size() == 1 ? 1 : 0;
        ++answered;
    };
    for (const auto& key : some_keys(count))
        start(cluster.context, read(key));
    cluster.run_until([&] { return answered == count; });
    return right;
}

} // namespace

TEST_CASE("scylladb/csharp-driver#261 a node without tokens is contacted and asked, and its rack "
          "takes no replica's place") {
    quiet_cluster cluster(4, 0, 4); // each in a rack of its own
    cluster.ring_size = 3;
    cluster.ring_tokens = [&](int number) {
        return number == 4 ? std::vector<std::string>() : cluster.tokens(number);
    };
    cluster.have_keyspace(3, true);
    cluster.have_table(1);
    cluster.know_all();
    auto app = cluster.connected_by(4); // and no other contact point
    CHECK(cluster.connections_of(app) == std::vector<std::size_t>{1, 1, 1, 1});
    const auto known = cluster.run(app.metadata());
    for (const auto& key : some_keys(60)) {
        const auto token = known.token_of("app", "t", std::vector<value>{value(key)}).value();
        std::set<uuid> replicas;
        for (const auto* const each : known.replicas("app", "t", token))
            replicas.insert(each->id);
        CHECK(replicas == std::set<uuid>{id_of(1), id_of(2), id_of(3)});
        cluster.run(find_key(app, key));
    }
    CHECK(cluster.nodes_asked() == std::set<int>{1, 2, 3});
    // It can answer, and what is of no partition goes there too.
    cluster.requests.clear();
    for (int i = 0; i < 100; ++i)
        cluster.run(app.query("SELECT v FROM app.t"));
    CHECK(cluster.nodes_asked() == std::set<int>{1, 2, 3, 4});
    cluster.run(app.close());
}

TEST_CASE(
    "scylladb/python-driver#483 when all nodes of a hundred sessions restart none gets more than "
    "two connections a second of each, and who is told of it is back at once") {
    constexpr std::size_t sessions = 100;
    quiet_cluster cluster(3);
    options how(cluster.node(1).where());
    how.contact_point(cluster.node(2).where()).contact_point(cluster.node(3).where());
    std::vector<session> all;
    for (std::size_t i = 0; i < sessions; ++i)
        all.push_back(cluster.connected(how));

    const auto are_connected = [&] {
        return std::ranges::all_of(std::vector{1, 2, 3}, [&](int number) {
            return cluster.node(number).shards_of_connections().size() == sessions;
        });
    };
    const auto most_in_a_second = [&](std::chrono::seconds limit) {
        constexpr std::size_t tenths = 10;
        std::vector<std::deque<std::size_t>> seen;
        for (int number = 1; number <= 3; ++number)
            seen.push_back({cluster.accepted_by(number)});
        std::size_t most = 0;
        const auto begun = cluster.now();
        while (!are_connected() && cluster.now() - begun < limit) {
            cluster.run_for(100ms);
            for (std::size_t i = 0; i < seen.size(); ++i) {
                seen[i].push_back(cluster.accepted_by(static_cast<int>(i) + 1));
                if (seen[i].size() > tenths + 1)
                    seen[i].pop_front();
                most = std::max(most, seen[i].back() - seen[i].front());
            }
        }
        return most;
    };

    // All at once, of which nobody can tell.
    REQUIRE(are_connected());
    for (int number = 1; number <= 3; ++number)
        cluster.kill(number);
    cluster.run_for(5min);
    for (int number = 1; number <= 3; ++number)
        cluster.start(number);
    auto begun = cluster.now();
    auto most = most_in_a_second(2min);
    MESSAGE("all three after five minutes: ",
            std::chrono::duration<double>(cluster.now() - begun).count(), " s, ", most,
            " connections to a node in a second");
    CHECK(are_connected());
    CHECK(most > 0);
    CHECK(most <= 2 * sessions);

    // Two of them, of which the third one tells.
    for (const int number : {2, 3})
        cluster.kill(number);
    cluster.run_for(5min);
    for (const int number : {2, 3})
        cluster.start(number);
    for (const int number : {2, 3})
        cluster.node(1).tell(
            status_change{"UP", "127.0.0." + std::to_string(number), cluster.port});
    begun = cluster.now();
    most = most_in_a_second(2min);
    MESSAGE("two that are told of: ", std::chrono::duration<double>(cluster.now() - begun).count(),
            " s, ", most);
    CHECK(are_connected());
    CHECK(cluster.now() - begun <= 2s);
    CHECK(most <= 2 * sessions);
    for (auto& each : all)
        cluster.run(each.close());
}

TEST_CASE("A server that ends each new connection at once is tried again after longer and longer "
          "rests") {
    quiet_cluster cluster(2);
    auto app = cluster.connected_by(1);
    cluster.node(2).options().fault_after = 0;
    cluster.node(2).options().fault = node_fault::truncate;
    cluster.node(2).drop_connections();
    const auto before = cluster.node(2).accepted();
    cluster.run_for(1min);
    const auto soon = cluster.node(2).accepted() - before;
    cluster.run_for(59min);
    const auto late = cluster.node(2).accepted() - before;
    MESSAGE(soon, " times in the first minute, ", late, " times in an hour");
    CHECK(soon >= 5);
    CHECK(soon <= 10);
    CHECK(late >= 50);
    CHECK(late <= 80);
    CHECK(cluster.connections_of(app) == std::vector<std::size_t>{1, 0});
    cluster.node(2).options().fault_after.reset();
    cluster.run_for(2min);
    CHECK(cluster.connections_of(app) == std::vector<std::size_t>{1, 1});
    cluster.run(app.close());
}

TEST_CASE("scylladb/java-driver#1065 all nodes have other addresses: the contact point's name is "
          "looked up again, and they are found within a minute") {
    quiet_cluster cluster(3);
    for (int i = 0; i < 3; ++i)
        cluster.add();
    cluster.gone = {4, 5, 6};
    cluster.know_all();
    for (const int number : {4, 5, 6})
        cluster.kill(number);
    cluster.name("db.example", {1, 2, 3});
    auto app = cluster.connected(options("db.example:" + std::to_string(cluster.port)));
    CHECK(cluster.connections_of(app) == std::vector<std::size_t>{1, 1, 1});

    for (const int number : {1, 2, 3})
        cluster.kill(number);
    for (const int number : {1, 2, 3})
        cluster.swap_places(number, number + 3);
    cluster.run_for(10s); // while they move
    for (const int number : {4, 5, 6})
        cluster.start(number);
    cluster.name("db.example", {4, 5, 6});
    const auto begun = cluster.now();
    while (cluster.connections_of(app) != std::vector<std::size_t>{1, 1, 1} &&
           cluster.now() - begun < 5min)
        cluster.run_for(100ms);
    MESSAGE("found after ", std::chrono::duration<double>(cluster.now() - begun).count(), " s");
    CHECK(cluster.now() - begun <= 60s);
    const auto hosts = cluster.run(app.hosts());
    REQUIRE(hosts.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) { // the same nodes, somewhere else
        CHECK(hosts[i].id == id_of(static_cast<int>(i) + 1));
        CHECK(hosts[i].where == cluster.node(static_cast<int>(i) + 4).where());
    }
    cluster.requests.clear();
    for (const auto& key : some_keys(30))
        cluster.run(find_key(app, key));
    CHECK(cluster.nodes_asked() == std::set<int>{4, 5, 6});
    cluster.run(app.close());
}

TEST_CASE("scylladb/java-driver#378 a table that was made anew while nobody could tell of it has "
          "its tablets learned anew") {
    for (const bool is_made_anew : {false, true}) {
        CAPTURE(is_made_anew);
        quiet_cluster cluster(3, 2);
        cluster.have_tablets(12);
        auto app = cluster.connected_by(1); // and there is the control connection
        const auto keys = keys_beside(cluster, 1);
        while (cluster.told_of(app, keys) != 0) {
        }
        CHECK(cluster.told_of(app, keys) == 0);
        cluster.kill(1);
        if (is_made_anew)
            cluster.have_table(2);
        cluster.run_for(10s);
        const auto connections = cluster.run(app.connections());
        CHECK(std::ranges::count_if(connections, [](const connection_info& each) {
                  return each.is_control && each.host != id_of(1);
              }) == 1);
        const auto told = cluster.told_of(app, keys);
        CHECK((told != 0) == is_made_anew);
        cluster.run(app.close());
    }
}

TEST_CASE(
    "apache/cassandra-gocql-driver#1668 a node that is another one now at the same address is "
    "refused for the old one, and used as itself when the others know it") {
    quiet_cluster cluster(3, 2);
    cluster.add();
    cluster.gone = {4};
    cluster.know_all();
    cluster.kill(4);
    auto app = cluster.connected_by(1);
    cluster.kill(3);
    cluster.start(3); // and is node 4 now, which the others have not noticed
    for (auto* const each : cluster.ports_of(3))
        each->options().offers["SCYLLA_HOST_ID"] = {id_of(4).to_string()};
    cluster.run_for(1min);
    auto hosts = cluster.run(app.hosts());
    REQUIRE(hosts.size() == 3);
    CHECK(hosts[2].id == id_of(3));
    CHECK(hosts[2].connections == 0);
    REQUIRE(hosts[2].last_failure);
    CHECK(hosts[2].last_failure->has(errc::wrong_host));
    const auto counted = cluster.run(app.metrics());
    CHECK(counted.hosts[2].counts.wrong_host >= 1);

    cluster.gone = {3};
    cluster.swap_places(3, 4);
    cluster.node(1).tell(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
    cluster.node(1).tell(status_change{"UP", "127.0.0.3", cluster.port});
    cluster.run_for(5s);
    hosts = cluster.run(app.hosts());
    REQUIRE(hosts.size() == 3);
    CHECK(hosts[2].id == id_of(4));
    CHECK(hosts[2].where == cluster.node(3).where());
    CHECK(hosts[2].connections == 2);
    cluster.requests.clear();
    for (int i = 0; i < 60; ++i)
        cluster.run(app.query("SELECT v FROM app.t"));
    CHECK(cluster.nodes_asked() == std::set<int>{1, 2, 3});
    cluster.run(app.close());
}

TEST_CASE(
    "scylladb/scylla-rust-driver#1634 what is read at SERIAL is read so at the next node, too") {
    for (const auto level : {consistency::serial, consistency::local_serial}) {
        quiet_cluster cluster(3);
        cluster.have_keyspace(3);
        std::vector<consistency> levels;
        cluster.answer = [&](int, const node_request& request) -> std::optional<node_reply> {
            levels.push_back(request.consistency);
            return std::nullopt;
        };
        for (int number = 1; number <= 3; ++number)
            cluster.slow(number, 100ms);
        auto app = cluster.connected_by(1);
        const auto find = cluster.run(app.prepare(scripted_cluster::find_cql));
        bool is_answered = false;
        const auto read = [&]() -> asio::awaitable<void> {
            const auto how = statement_options().consistency(level).idempotent();
            const auto page = co_await app.execute(find, how, "a key");
            is_answered = page.size() == 1;
        };
        asio::co_spawn(cluster.context, read(), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
        cluster.run_until([&] { return levels.size() == 1; });
        cluster.kill(cluster.requests.back().node);
        cluster.run_until([&] { return is_answered; });
        CHECK(levels == std::vector{level, level});
        cluster.run(app.close());
    }
}

TEST_CASE("scylladb/scylladb#21664 that a tablet has one more replica is learned within sixteen "
          "requests where tablets have versions, and not where they have none") {
    for (const bool has_versions : {false, true}) {
        CAPTURE(has_versions);
        quiet_cluster cluster(3, 2);
        cluster.have_keyspace(2);
        cluster.have_tablets(12);
        if (has_versions)
            cluster.offer_tablet_versions(versions_key);
        auto app = cluster.connected_by(1);
        const auto keys = key_of_each(cluster);
        while (cluster.told_of(app, keys) != 0) {
        }
        // Nobody tells of it, for the keyspace was altered long ago.
        cluster.have_keyspace(3);
        cluster.led += 3; // another version, led by the same one
        for (const auto& key : keys) {
            cluster.requests.clear();
            cluster.told = 0;
            for (int i = 0; i < 16; ++i)
                cluster.run(find_key(app, key));
            CHECK(cluster.told == (has_versions ? 1 : 0));
            for (int i = 0; i < 100; ++i)
                cluster.run(find_key(app, key));
            CHECK(cluster.nodes_asked().size() == (has_versions ? 3 : 2));
        }
        cluster.run(app.close());
    }
}

TEST_CASE(
    "scylladb/java-driver#366 a statement that one node has forgotten is prepared there once, "
    "with a thousand requests in flight") {
    quiet_cluster cluster(3);
    bool is_forgotten = false;
    cluster.node(2).options().forgets = [&](const std::string&) {
        return std::exchange(is_forgotten, false);
    };
    auto app = cluster.connected_by(1);
    const auto find = cluster.run(app.prepare(scripted_cluster::find_cql));
    for (const auto& key : some_keys(100)) // all nodes know it
        cluster.run(find_key(app, key));
    std::vector<std::size_t> before;
    for (int number = 1; number <= 3; ++number)
        before.push_back(cluster.node(number).count(opcode::prepare));

    is_forgotten = true;
    CHECK(read_at_once(cluster, app, find, 1'000) == 1'000);
    CHECK(!is_forgotten);
    CHECK(cluster.node(1).count(opcode::prepare) == before[0]);
    CHECK(cluster.node(2).count(opcode::prepare) == before[1] + 1);
    CHECK(cluster.node(3).count(opcode::prepare) == before[2]);
    cluster.run(app.close());
}

TEST_CASE("scylladb/java-driver#366 the same with eight shards and a connection to each: once, and "
          "with a thousand requests again in flight") {
    constexpr std::uint32_t shards = 8;
    quiet_cluster cluster(1, shards);
    cluster.have_keyspace(1);
    cluster.have_table(1);
    auto app = cluster.connected_by(1);
    REQUIRE(cluster.connections_of(app) == std::vector<std::size_t>{shards});
    const auto find = cluster.run(app.prepare(scripted_cluster::find_cql));
    const auto count = [&](opcode what) {
        std::size_t all = 0;
        for (const auto* const port : cluster.ports_of(1))
            all += port->count(what);
        return all;
    };
    for (int round = 0; round < 3; ++round) {
        const auto prepares = count(opcode::prepare);
        const auto executes = count(opcode::execute);
        for (auto* const port : cluster.ports_of(1))
            port->options().prepared_statements->clear();
        CHECK(read_at_once(cluster, app, find, 1'000) == 1'000);
        CHECK(count(opcode::prepare) == prepares + 1);
        // Those that were told so are sent twice, and no others.
        CHECK(count(opcode::execute) - executes <= 2'000);
    }
    std::set<std::uint32_t> asked;
    for (const auto& each : cluster.requests)
        asked.insert(each.shard);
    CHECK(asked.size() == shards);
    cluster.run(app.close());
}

TEST_CASE("datastax/cql-proxy#32 a text with values is answered, whatever nodes have forgotten") {
    quiet_cluster cluster(3);
    std::vector<bool> is_forgotten(3, false);
    for (int number = 1; number <= 3; ++number)
        cluster.node(number).options().forgets = [&is_forgotten, number](const std::string&) {
            const auto which = is_forgotten.begin() + (number - 1);
            const bool answer = *which;
            *which = false;
            return answer;
        };
    auto app = cluster.connected_by(1);
    const auto read = [&](std::string key) -> asio::awaitable<std::size_t> {
        const auto page = co_await app.query("SELECT v FROM app.t WHERE k = ?", key);
        co_return page.size();
    };
    for (const auto& key : some_keys(100)) // all nodes know it
        cluster.run(read(key));
    int forgotten = 0;
    for (const auto& key : some_keys(200)) {
        is_forgotten.assign(3, true);
        CHECK(cluster.run(read(key)) == 1);
        forgotten += static_cast<int>(std::ranges::count(is_forgotten, false));
    }
    CHECK(forgotten == 200);
    cluster.run(app.close());
}

TEST_CASE(
    "Where no descriptor is left a node has no connection and says why, and has one again when "
    "there is one") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await connect(cluster.options_at(1));
        co_await app.ready();
        const auto is_lost = [&]() -> asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return hosts[1].connections == 0;
        };
        cluster.stop(2);
        co_await cluster.become(is_lost);
        cluster.start(2);
        {
            const descriptors_left none(0);
            co_await app.reconnect();
            const auto hosts = co_await app.hosts();
            CHECK(hosts[0].connections == 1);
            CHECK(hosts[1].connections == 0);
            REQUIRE(hosts[1].last_failure);
            CHECK(hosts[1].last_failure->has(errc::connect_failed));
            CHECK(hosts[1].last_failure->system_code() == asio::error::no_descriptors);
            CHECK(hosts[1].last_failure->outcome() != request_outcome::maybe_executed);
            for (int i = 0; i < 10; ++i) // the other one answers
                co_await app.query("SELECT v FROM app.t");
        }
        co_await app.reconnect();
        const auto hosts = co_await app.hosts();
        CHECK(hosts[1].connections == 1);
        co_await app.close();
    });
}
