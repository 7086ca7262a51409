#include "schema_of_cluster.hpp"

#include <cocql/as_result.hpp>

#include <algorithm>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

value list_of(const std::vector<std::string>& all) {
    value::sequence made;
    for (const auto& each : all)
        made.emplace_back(each);
    return value(std::move(made));
}

/// A view, an index, a type, a function and an aggregate beside the tables of a node.
void have_the_rest(session_cluster& cluster, int node) {
    auto& tables = cluster.tables_of(node);
    tables.at("system_schema.views")
        .add({{"keyspace_name", "app"},
              {"view_name", "by_v"},
              {"base_table_name", "made"},
              {"id", id_of(78)}});
    for (const auto& [name, kind] : {std::pair("v", "partition_key"), std::pair("k", "clustering")})
        tables.at("system_schema.columns")
            .add({{"keyspace_name", "app"},
                  {"table_name", "by_v"},
                  {"column_name", name},
                  {"clustering_order", "desc"},
                  {"kind", kind},
                  {"position", 0},
                  {"type", *name == 'v' ? "int" : "text"}});
    tables.at("system_schema.indexes")
        .add({{"keyspace_name", "app"},
              {"table_name", "made"},
              {"index_name", "made_by_v"},
              {"kind", "COMPOSITES"},
              {"options", value(value::mapping{{value("target"), value("v")}})}});
    tables.at("system_schema.types")
        .add({{"keyspace_name", "app"},
              {"type_name", "place"},
              {"field_names", list_of({"x", "y"})},
              {"field_types", list_of({"int", "int"})}});
    tables.at("system_schema.functions")
        .add({{"keyspace_name", "app"},
              {"function_name", "twice"},
              {"argument_types", list_of({"int"})},
              {"argument_names", list_of({"x"})},
              {"body", "return 2 * x;"},
              {"called_on_null_input", false},
              {"language", "java"},
              {"return_type", "int"}});
    tables.at("system_schema.aggregates")
        .add({{"keyspace_name", "app"},
              {"aggregate_name", "sum_of"},
              {"argument_types", list_of({"int"})},
              {"initcond", "0"},
              {"return_type", "int"},
              {"state_func", "twice"},
              {"state_type", "int"}});
}

} // namespace

TEST_CASE("A session's metadata has the nodes and the schema, by their names") {
    session_cluster cluster(3, 0);
    for (int i = 1; i <= 3; ++i) {
        have_new_table(cluster, i, "made");
        have_the_rest(cluster, i);
        have_cell_of_peers(cluster, i, "schema_version", value());
    }
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto now = co_await app.metadata();
        CHECK(now.cluster_name() == "test cluster");
        CHECK(now.partitioner() == "org.apache.cassandra.dht.Murmur3Partitioner");
        REQUIRE(now.hosts().size() == 3);
        for (int i = 1; i <= 3; ++i) {
            const auto* const host = now.host(id_of(i));
            REQUIRE(host != nullptr);
            CHECK(host->where == cluster.node(i).where());
            CHECK(host->broadcast_address == cluster_tables::address(i));
            CHECK(host->datacenter == "dc1");
            CHECK(host->tokens == 16);
            CHECK(host->status == host_status::up);
            CHECK(host->connections == 1);
            // Of the node itself there is one; the rows of its peers lack it.
            CHECK(host->schema_version.has_value() == (i == 1));
        }
        CHECK(now.host(id_of(9)) == nullptr);

        CHECK(now.keyspaces() == std::vector<std::string_view>{"app"});
        const auto* const keyspace = now.keyspace("app");
        REQUIRE(keyspace != nullptr);
        CHECK(keyspace->durable_writes);
        CHECK(!keyspace->has_tablets);
        CHECK(keyspace->replication_options.at("replication_factor") == "1");
        CHECK(keyspace->replication_options.at("class").ends_with("SimpleStrategy"));
        CHECK(now.keyspace("App") == nullptr);

        CHECK(now.tables("app").size() == 2);
        const auto* const made = now.table("app", "made");
        REQUIRE(made != nullptr);
        CHECK(made == &now.tables("app").at("made"));
        CHECK(!made->is_view());
        CHECK(made->id == id_of(77));
        REQUIRE(made->partition_key().size() == 1);
        CHECK(made->partition_key()[0].name == "k");
        CHECK(made->clustering_key().empty());
        CHECK(made->column("v")->of == column_info::part::regular);
        CHECK(made->column("w") == nullptr);
        CHECK(made->indexes.at("made_by_v").options.at("target") == "v");
        const auto* const view = now.table("app", "by_v");
        REQUIRE(view != nullptr);
        CHECK(view->base_table == "made");
        REQUIRE(view->clustering_key().size() == 1);
        CHECK(view->clustering_key()[0].descending);
        CHECK(now.type("app", "place")->field_names() == std::vector<std::string>{"x", "y"});
        CHECK(now.type("app", "time") == nullptr);
        const auto& twice = now.functions("app").at({"twice", {"int"}});
        CHECK(twice.return_type == data_type::kind::int_);
        CHECK(twice.language == "java");
        CHECK(now.aggregates("app").at({"sum_of", {"int"}}).initial_condition == "0");
        for (const auto* const nowhere : {"nowhere", ""}) {
            CHECK(now.tables(nowhere).empty());
            CHECK(now.types(nowhere).empty());
            CHECK(now.functions(nowhere).empty());
            CHECK(now.aggregates(nowhere).empty());
            CHECK(now.table(nowhere, "made") == nullptr);
        }
        co_await app.close();
    });
}

TEST_CASE("Replicas are found by a key's values, and are those that the ring has") {
    session_cluster cluster(3);
    cluster.have_keyspace(2);
    cluster.have_table(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto now = co_await app.metadata();
        for (int i = 0; i < 200; ++i) {
            const auto key = "key " + std::to_string(i);
            const std::vector<value> values{value(key)};
            const auto token = now.token_of("app", "t", values);
            REQUIRE(token.has_value());
            CHECK(*token == cluster.token_of(key));
            std::vector<uuid> wanted;
            for (const auto owner : cluster.owners_of(key))
                wanted.push_back(id_of(owner));
            std::vector<uuid> found;
            for (const auto* const each : now.replicas("app", *token))
                found.push_back(each->id);
            CHECK(found == wanted);
            CHECK(now.replicas("app", "t", *token) == now.replicas("app", *token));
        }
        CHECK(now.replicas("nowhere", 0).empty());
        CHECK(now.replicas("nowhere", "t", 0).empty());
        CHECK(now.replicas("app", "nothing", 0).empty());
        const auto error_of_key = [&now](const std::string& table, std::vector<value> key) {
            return now.token_of("app", table, key).error().code();
        };
        CHECK(error_of_key("nothing", {value("x")}) == errc::not_found);
        CHECK(error_of_key("t", {}) == errc::invalid_argument);
        CHECK(error_of_key("t", {value("x"), value("y")}) == errc::invalid_argument);
        CHECK(error_of_key("t", {value(7)}) == errc::invalid_argument);
        CHECK(error_of_key("t", {value()}) == errc::invalid_argument);
        CHECK(error_of_key("t", {value(std::string(70'000, 'x'))}) == errc::invalid_argument);
        co_await app.close();
    });
}

TEST_CASE("Of a keyspace with tablets the ring tells no replicas") {
    session_cluster cluster(3, 2);
    cluster.have_tablets(16);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto now = co_await app.metadata();
        CHECK(now.keyspace("app")->has_tablets);
        CHECK(now.hosts()[0].shards == 2);
        CHECK(now.replicas("app", 0).empty());
        const std::vector<value> key{value("key")};
        CHECK(now.token_of("app", "t", key).has_value());
        co_await app.close();
    });
}

TEST_CASE(
    "Of a table with tablets replicas are those of the tablets that were known at the moment, "
    "and none of the others") {
    session_cluster cluster(3, 2);
    cluster.have_tablets(16);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto unasked = co_await app.metadata();
        const std::string key = "a key";
        const std::vector<value> values{value(key)};
        const auto token = unasked.token_of("app", "t", values).value();
        const auto known = [&](const cluster_metadata& now) {
            std::vector<uuid> all;
            for (const auto* const each : now.replicas("app", "t", token))
                all.push_back(each->id);
            return all;
        };
        const auto ask_until_told = [&]() -> asio::awaitable<void> {
            cluster.told = 0;
            while (cluster.told == 0)
                co_await app.execute(find, key);
        };
        CHECK(known(unasked).empty());
        co_await ask_until_told();
        const auto asked = co_await app.metadata();
        CHECK(known(unasked).empty()); // it is as it was
        const auto owner = cluster.node_of_tablet(cluster.tablet_of(key));
        CHECK(known(asked) == std::vector<uuid>{id_of(owner)});
        CHECK(asked.replicas("app", token).empty());
        CHECK(asked.replicas("app", "nothing", token).empty());
        CHECK(asked.replicas("nowhere", "t", token).empty());
        for (int i = 0; i < 200; ++i) // of a tablet that was not asked for nothing is known
            if (const auto another = "key " + std::to_string(i);
                cluster.tablet_of(another) != cluster.tablet_of(key))
                CHECK(asked.replicas("app", "t", cluster.token_of(another)).empty());

        // It moves, and that is found out by the next request.
        cluster.moved = 1;
        const auto unmoved = co_await app.metadata();
        CHECK(known(unmoved) == known(asked));
        co_await ask_until_told();
        const auto moved = co_await app.metadata();
        const auto new_owner = cluster.node_of_tablet(cluster.tablet_of(key));
        CHECK(known(moved) == std::vector<uuid>{id_of(new_owner)});
        CHECK(new_owner != owner);
        CHECK(known(asked) == std::vector<uuid>{id_of(owner)});

        // The node that has it is gone, and so is what was known.
        cluster.gone = {new_owner};
        cluster.know_all();
        const auto address = "127.0.0." + std::to_string(new_owner);
        cluster.tell_all(topology_change{"REMOVED_NODE", address, cluster.port});
        co_await cluster.know_nodes(app, 2);
        const auto without = co_await app.metadata();
        CHECK(known(without).empty());
        CHECK(known(moved).size() == 1);
        co_await app.close();
        const auto closed = co_await app.metadata();
        CHECK(known(closed).empty());
    });
}

TEST_CASE("Replicas of a tablet are told whole or not at all") {
    session_cluster cluster(3, 2);
    cluster.have_keyspace(2);
    cluster.have_tablets(4);
    const auto which = cluster.tablet_of("key");
    auto payload = cluster.payload_of(which);
    const auto second = id_of(cluster.node_of_tablet(which, 1)).bytes;
    const auto found = std::search(payload.begin(), payload.end(), second.begin(), second.end());
    REQUIRE(found != payload.end());
    std::ranges::copy(id_of(9).bytes, found); // which is no node
    cluster.answer = [&payload](int, const testing::node_request&) {
        return std::optional(
            testing::with_payload(testing::rows_of({"found"}), {{"tablets-routing-v1", payload}}));
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        co_await app.execute(find, "key");
        const auto counted = co_await app.metrics();
        CHECK(counted.tablets_learned == 1);
        const auto now = co_await app.metadata();
        CHECK(now.replicas("app", "t", cluster.token_of("key")).empty());
        co_await app.close();
    });
}

TEST_CASE("What is held of the metadata stays as it was, after changes, after close() and after "
          "the end of the io_context; what has not changed is shared and not copied") {
    cluster_metadata first;
    cluster_metadata second;
    cluster_metadata last;
    {
        session_cluster cluster(3);
        for (int i = 1; i <= 3; ++i)
            have_new_table(cluster, i, "made");
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            first = co_await app.metadata();
            second = co_await app.metadata();
            cluster.gone = {3};
            cluster.know_all();
            cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.3", cluster.port});
            co_await cluster.know_nodes(app, 2);
            co_await app.close();
            last = co_await app.metadata();
            app = session();
        });
    }
    CHECK(first.hosts().size() == 3);
    CHECK(first.host(id_of(3))->connections == 1);
    CHECK(last.hosts().size() == 2);
    CHECK(last.hosts()[0].connections == 0);
    const auto* const table = first.table("app", "made");
    REQUIRE(table != nullptr);
    CHECK(table->column("v") != nullptr);
    CHECK(table == second.table("app", "made"));
    CHECK(table == last.table("app", "made"));
    const auto copy = first;
    first = cluster_metadata();
    CHECK(copy.table("app", "made") == table);
    CHECK(copy.replicas("app", 0).size() == 1);

    // Of no cluster nothing is known, and nothing crashes.
    CHECK(first.cluster_name().empty());
    CHECK(first.hosts().empty());
    CHECK(first.keyspaces().empty());
    CHECK(first.table("app", "made") == nullptr);
    CHECK(first.replicas("app", 0).empty());
    CHECK(first.replicas("app", "made", 0).empty());
    CHECK(!first.token_of("app", "made", {}).has_value());
}

TEST_CASE("A thousand tables are read, found by their names, and told as dropped") {
    struct counting final : metadata_listener {
        void schema_changed(const schema_difference& what, const cluster_metadata& now) override {
            CHECK(what.what == schema_difference::kind::dropped);
            CHECK(now.table("app", what.name) == nullptr);
            ++dropped;
        }
        int dropped = 0;
    };
    session_cluster cluster(1);
    for (int i = 0; i < 1000; ++i)
        have_new_table(cluster, 1, "table_" + std::to_string(i), i % 200);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto heard = std::make_shared<counting>();
        const auto registration = app.listen(heard);
        const auto now = co_await app.metadata();
        CHECK(now.tables("app").size() == 1000);
        for (int i = 0; i < 1000; ++i) {
            const auto* const table = now.table("app", "table_" + std::to_string(i));
            REQUIRE(table != nullptr);
            CHECK(table->columns.size() == 2);
        }
        for (const auto* const each : {"system_schema.tables", "system_schema.columns"})
            cluster.tables_of(1).have_rows(each, {});
        cluster.tell_all(schema_change{"DROPPED", "KEYSPACE", "app", "", {}});
        co_await come_true(cluster, [&] { return heard->dropped == 1000; });
        co_await app.close();
    });
}
