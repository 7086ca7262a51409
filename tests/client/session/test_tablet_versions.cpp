#include "testing/schema_tables.hpp"
#include "testing/scylla_tables.hpp"
#include "versioned_cluster.hpp"

#include <cocql/batch.hpp>

#include <set>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;

namespace {

constexpr const char* first_version_key = "TABLETS_ROUTING_V1";

/// What connections asked for of tablets, those for requests and the control connection.
struct asked_for_tablets {
    std::set<std::string> by_requests;
    std::set<std::string> by_control;
};

asked_for_tablets asked_of(const session_cluster& cluster) {
    asked_for_tablets all;
    for (const auto* const each : {&cluster.nodes, &cluster.by_source})
        for (const auto& node : *each)
            for (const auto& client : node->clients()) {
                const bool control =
                    std::ranges::find(client.events, "TOPOLOGY_CHANGE") != client.events.end();
                std::string names;
                for (const auto& [key, text] : client.options)
                    if (key.starts_with("TABLETS"))
                        names += names.empty() ? key : " and " + key;
                (control ? all.by_control : all.by_requests).insert(names);
            }
    return all;
}

} // namespace

TEST_CASE("Where tablets have versions EXECUTE says any of the sixteen blocks of the one that is "
          "known, and is told nothing") {
    versioned_cluster cluster(16);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        std::set<int> known;
        std::set<int> blocks;
        for (int i = 0; i < 1'000; ++i) {
            const auto key = key_of(i);
            const auto told = cluster.told;
            co_await find_key(app, key);
            REQUIRE(cluster.requests.back().version_block.has_value());
            blocks.insert(*cluster.requests.back().version_block >> 4);
            const bool is_new = known.insert(cluster.tablet_of(key)).second;
            CHECK(cluster.told == told + (is_new ? 1 : 0));
            CHECK(cluster.knew_none() == is_new);
            CHECK(cluster.knew_version() == !is_new);
            if (!is_new)
                CHECK(cluster.came_to_first());
        }
        CHECK(known.size() == 16);
        CHECK(blocks.size() == 16);
        const auto now = co_await app.metrics();
        CHECK(now.tablets_learned == 16);
        CHECK(now.tablet_misses == 16);
        CHECK(now.tablet_hits == 1'000 - 16);
        co_await app.close();
    });
}

TEST_CASE("Which block an EXECUTE says is by chance also where no version is known: each finds it "
          "out") {
    versioned_cluster cluster(16);
    cluster.answer = nullptr; // nobody is told anything
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        std::set<int> blocks;
        for (int i = 0; i < 1'000; ++i) {
            co_await find_key(app, "key");
            CHECK(cluster.knew_none());
            blocks.insert(*cluster.requests.back().version_block >> 4);
        }
        CHECK(blocks.size() == 16);
        co_await app.close();
    });
}

TEST_CASE("An EXECUTE that says another version than the tablet's is told, and the next one says "
          "the right one at the right place") {
    versioned_cluster cluster(16);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto keys = key_of_each(cluster);
        for (const auto& key : keys)
            co_await find_key(app, key);
        for (int times = 1; times <= 3; ++times) {
            cluster.moved = times;
            for (const auto& key : keys) {
                cluster.told = 0;
                co_await find_key(app, key);
                CHECK(!cluster.knew_version());
                CHECK(!cluster.knew_none());
                CHECK(cluster.requests.back().astray);
                CHECK(cluster.told == 1);
                for (int again = 0; again < 3; ++again) {
                    co_await find_key(app, key);
                    CHECK(cluster.knew_version());
                    CHECK(cluster.came_to_first());
                }
                CHECK(cluster.told == 1);
            }
        }
        co_await app.close();
    });
}

TEST_CASE("Versions of tablets are forgotten with the tablets when a table or keyspace is altered, "
          "dropped or made anew, or a node is gone") {
    versioned_cluster cluster(16, "eventual", 2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto keys = key_of_each(cluster);
        const auto on_third = [&](const std::string& key) {
            const auto tablet = cluster.tablet_of(key);
            return cluster.node_of_tablet(tablet) == 3 || cluster.node_of_tablet(tablet, 1) == 3;
        };
        const auto learn_all = [&]() -> asio::awaitable<void> {
            for (const auto& key : keys)
                co_await find_key(app, key);
            for (const auto& key : keys) {
                co_await find_key(app, key);
                CHECK(cluster.knew_version());
            }
        };
        const auto forgets_all = [&](const event& happened) -> asio::awaitable<void> {
            cluster.tell_all(happened);
            const auto first = [&]() -> asio::awaitable<bool> {
                co_await find_key(app, keys.front());
                co_return cluster.knew_none();
            };
            co_await cluster.become(first);
            for (std::size_t i = 1; i < keys.size(); ++i) {
                co_await find_key(app, keys[i]);
                CHECK(cluster.knew_none());
            }
        };
        const event altered = schema_change{"UPDATED", "TABLE", "app", "t", {}};
        const event created = schema_change{"CREATED", "TABLE", "app", "t", {}};
        const event dropped = schema_change{"DROPPED", "TABLE", "app", "t", {}};
        const event keyspace_altered = schema_change{"UPDATED", "KEYSPACE", "app", "", {}};
        co_await learn_all();
        // A table that is altered, and keeps its id.
        for (auto& each : cluster.tables)
            each.have_rows("system_schema.columns",
                           {row_of_column("app", "t", "k", "partition_key", 0, "text"),
                            row_of_column("app", "t", "v", "regular", -1, "text"),
                            row_of_column("app", "t", "w", "regular", -1, "text")});
        co_await forgets_all(altered);
        co_await learn_all();
        // Made anew.
        cluster.have_table(2);
        co_await forgets_all(created);
        co_await learn_all();
        // Dropped: it is asked all the same.
        for (auto& each : cluster.tables) {
            each.have_rows("system_schema.tables", {});
            each.have_rows("system_schema.scylla_tables", {});
            each.have_rows("system_schema.columns", {});
        }
        co_await forgets_all(dropped);
        cluster.have_table(3);
        cluster.tell_all(created);
        const auto is_there = [&]() -> asio::awaitable<bool> {
            const auto known = co_await app.metadata();
            co_return known.table("app", "t") != nullptr;
        };
        co_await cluster.become(is_there);
        co_await learn_all();
        // A keyspace that is replicated otherwise, or has leaders from now on.
        cluster.have_keyspace(2, true);
        co_await forgets_all(keyspace_altered);
        co_await learn_all();
        cluster.have_tablets(16, "global");
        cluster.have_table(3);
        co_await forgets_all(keyspace_altered);
        co_await learn_all();
        // A node that is gone: of all that were on it.
        cluster.gone = {3};
        cluster.know_all();
        cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(app, 2);
        int forgotten = 0;
        for (const auto& key : keys) {
            co_await find_key(app, key);
            CHECK(cluster.knew_none() == on_third(key));
            forgotten += on_third(key) ? 1 : 0;
            // It is told of again, with the node that is gone.
            std::set<int> asked;
            for (int i = 0; i < 40; ++i) {
                co_await find_key(app, key, consistency::quorum);
                CHECK(cluster.knew_version());
                asked.insert(cluster.requests.back().node);
            }
            CHECK(asked.size() == 1);
            CHECK(!asked.contains(3));
        }
        CHECK(forgotten > 0);
        CHECK(forgotten < 16);
        co_await app.close();
    });
}

TEST_CASE("Tablets with versions are asked for by each of the names that are known, and never "
          "together with those without") {
    for (const std::string name : {"TABLETS_ROUTING_V2", "TABLETS_ROUTING_V2_EXPERIMENTAL",
                                   "TABLETS_ROUTING_V2_EXPERIMENTAL_V2"}) {
        CAPTURE(name);
        session_cluster cluster(3, 2);
        cluster.have_tablets(16);
        cluster.offer_tablet_versions(name);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            for (int i = 0; i < 100; ++i)
                co_await find_key(app, key_of(i));
            CHECK(cluster.requests.back().version_block.has_value());
            const auto asked = asked_of(cluster);
            CHECK(asked.by_requests == std::set<std::string>{name});
            CHECK(asked.by_control == std::set<std::string>{""});
            co_await app.close();
        });
    }
}

TEST_CASE("Where tablets with versions are offered by an unknown name those without are asked for, "
          "and the name can be said") {
    const std::string unknown = "TABLETS_ROUTING_V2_EXPERIMENTAL_V3";
    struct names_and_asked {
        std::optional<std::vector<std::string>> keys;
        std::string offered;
        std::string asked;
    };
    const std::vector<names_and_asked> all{{{}, unknown, first_version_key},
                                           {{{unknown}}, unknown, unknown},
                                           {{{}}, versions_key, first_version_key},
                                           {{{unknown}}, versions_key, first_version_key}};
    for (const auto& each : all) {
        CAPTURE(each.offered);
        CAPTURE(each.asked);
        session_cluster cluster(3, 2);
        cluster.have_tablets(16);
        cluster.offer_tablet_versions(each.offered);
        if (each.keys)
            cluster.options.tablet_version_keys(*each.keys);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            for (int i = 0; i < 800; ++i)
                co_await find_key(app, key_of(i));
            CHECK(cluster.told > 0);
            const auto asked = asked_of(cluster);
            CHECK(asked.by_requests == std::set<std::string>{each.asked});
            // They are learned one way or the other.
            int strays = 0;
            for (const auto& request : cluster.requests) {
                CHECK(request.version_block.has_value() == (each.asked != first_version_key));
                strays += request.astray ? 1 : 0;
            }
            CHECK(strays <= 16);
            co_await app.close();
        });
    }
}

TEST_CASE("Only EXECUTE says a tablet's version: queries, batches and statements about no "
          "partition are answered beside it") {
    versioned_cluster cluster(16);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto put = co_await app.prepare(session_cluster::put_cql);
        const auto by_value = co_await app.prepare("SELECT v FROM app.t WHERE v = ?");
        const auto all = co_await app.prepare("SELECT v FROM app.t");
        for (const auto& key : key_of_each(cluster)) {
            co_await find_key(app, key);
            cluster.told = 0;
            // With arguments it is prepared.
            auto with_key = app.query("SELECT v FROM app.t WHERE k = ?", key);
            co_await std::move(with_key);
            CHECK(cluster.knew_version());
            co_await app.query("SELECT v FROM app.t WHERE k = 'x'");
            CHECK(!cluster.requests.back().version_block.has_value());
            batch several;
            several.add(put, key, "v").add("DELETE FROM app.t WHERE k = 'x'");
            auto batched = app.execute(several);
            co_await std::move(batched);
            CHECK(!cluster.requests.back().version_block.has_value());
            co_await app.execute(by_value, "some");
            CHECK(cluster.requests.back().version_block.has_value());
            co_await app.execute(all);
            CHECK(cluster.requests.back().version_block.has_value());
            // Of every length, also where values are written apart.
            for (const std::size_t length : {0U, 30U, 1'000U, 20'000U, 100'000U}) {
                auto putting = app.execute(put, key, std::string(length, 'v'));
                co_await std::move(putting);
                CHECK(cluster.knew_version());
                CHECK(cluster.came_to_first());
            }
            CHECK(cluster.told == 0);
        }
        co_await app.close();
    });
}

TEST_CASE("A statement that the node has forgotten is executed again with the version that its "
          "request said") {
    versioned_cluster cluster(16);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        int forgotten = 0;
        bool forget = false;
        for (const auto* const each : {&cluster.nodes, &cluster.by_source})
            for (const auto& node : *each)
                node->options().forgets = [&](const std::string&) {
                    forgotten += forget ? 1 : 0;
                    return std::exchange(forget, false);
                };
        for (const auto& key : key_of_each(cluster)) {
            co_await find_key(app, key); // wherever it goes
            co_await find_key(app, key); // and where it is
            forget = true;
            cluster.told = 0;
            co_await find_key(app, key);
            CHECK(!forget);
            CHECK(cluster.knew_version());
            CHECK(cluster.came_to_first());
            CHECK(cluster.told == 0);
        }
        CHECK(forgotten == 16);
        for (const auto* const each : {&cluster.nodes, &cluster.by_source})
            for (const auto& node : *each)
                node->options().forgets = nullptr;
        co_await app.close();
    });
}

TEST_CASE(
    "What an answer tells of a tablet is of the statement's own table, also where the request "
    "was led by another one") {
    versioned_cluster cluster(16);
    for (auto& each : cluster.tables) {
        std::vector<std::map<std::string, value>> all;
        for (const std::string name : {"t", "other"}) {
            auto one = scylla_table_defaults();
            one.insert({{"keyspace_name", value("app")}, {"table_name", value(name)}});
            one.emplace("id", id_of(name == "t" ? 1 : 9));
            all.push_back(std::move(one));
        }
        each.have_rows("system_schema.tables", all);
        each.have_rows("system_schema.columns",
                       {row_of_column("app", "t", "k", "partition_key", 0, "text"),
                        row_of_column("app", "t", "v", "regular", -1, "text"),
                        row_of_column("app", "other", "k", "partition_key", 0, "text")});
    }
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        for (const auto& key : key_of_each(cluster)) {
            const auto elsewhere = statement_options().route(
                request_route::by_key({"another key"}).of_table("app", "other"));
            auto led = app.execute(find, elsewhere, key);
            co_await std::move(led);
            CHECK(cluster.knew_none());
            co_await find_key(app, key);
            CHECK(cluster.knew_version());
            CHECK(cluster.came_to_first());
            // To a named node as well.
            const auto there = statement_options().route(request_route::to_host(id_of(2)));
            auto named = app.execute(find, there, key);
            co_await std::move(named);
            CHECK(cluster.knew_version());
            CHECK(cluster.requests.back().node == 2);
            const auto own =
                statement_options().route(request_route::by_key({key}).of_table("app", "t"));
            auto straight = app.execute(find, own, key);
            co_await std::move(straight);
            CHECK(cluster.knew_version());
            CHECK(cluster.came_to_first());
        }
        co_await app.close();
    });
}

TEST_CASE("What a server says of a tablet with a version that makes no sense is told as a warning "
          "and not used") {
    versioned_cluster cluster(4);
    std::vector<std::string> warnings;
    cluster.options.warnings([&](const std::string& what) { warnings.push_back(what); });
    cluster.answer = [&](int, const node_request&) {
        auto cut = cluster.payload_of(0, true);
        cut.pop_back();
        return std::optional(
            with_payload(rows_of({"found"}), {{"tablets-routing-v2", std::move(cut)}}));
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto page = co_await app.execute(find, "key");
        CHECK(page.size() == 1);
        CHECK(warnings.size() == 1);
        const auto now = co_await app.metrics();
        CHECK(now.tablets_learned == 0);
        co_await app.close();
    });
}
