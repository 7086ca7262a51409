#include "client/control/system_tables.hpp"
#include "live.hpp"
#include "schema.hpp"

#include <doctest/doctest.h>

using namespace cocql;

namespace {

/// As CQL writes a name whose case counts; servers refuse a quotation mark in it.
std::string as_identifier(const std::string& name) {
    return '"' + name + '"';
}

/// What the server describes a table's rows as: it has worked that out from the same schema.
boost::asio::awaitable<void> check_columns(connection node, std::string keyspace, std::string name,
                                           const metadata::table& table) {
    CAPTURE(keyspace);
    CAPTURE(name);
    const auto all = co_await node.prepare("SELECT * FROM " + as_identifier(keyspace) + "." +
                                           as_identifier(name));
    const auto& told = all.result_columns();
    REQUIRE(told.size() == table.columns.size());
    for (std::size_t i = 0; i < told.size(); ++i) {
        CHECK(told[i].name == table.columns[i].name);
        CHECK(told[i].type.to_string() == table.columns[i].type.to_string());
    }
}

boost::asio::awaitable<void> whole_schema(endpoint where, connection_options options) {
    auto node = co_await connection::open(std::move(where), std::move(options));
    co_await live::have_keyspace(node, "live");
    for (const auto* cql :
         {"CREATE TYPE IF NOT EXISTS live.inner_type (x int, \"Y\" text)",
          "CREATE TYPE IF NOT EXISTS live.outer_type (a frozen<inner_type>, b set<int>)",
          "CREATE TABLE IF NOT EXISTS live.read_back (p2 text, p1 int, c timeuuid, d int, s text "
          "STATIC, \"Mixed\" frozen<outer_type>, m map<text, frozen<list<int>>>, PRIMARY KEY "
          "((p1, p2), c, d)) WITH CLUSTERING ORDER BY (c DESC, d ASC)",
          "CREATE INDEX IF NOT EXISTS read_back_by_mixed ON live.read_back (\"Mixed\")"})
        co_await live::change_schema(node, cql);
    client::system_tables tables(node, std::chrono::minutes(2));
    auto schema = co_await tables.read_schema();
    REQUIRE(schema.has_value());
    CHECK(schema->skipped.empty());
    const auto& all = *schema->all;
    const auto& t = all.tables.at("live").at("read_back");
    std::string names;
    for (const auto& each : t.columns)
        names += each.name + " ";
    CHECK(names == "p1 p2 c d s Mixed m ");
    CHECK(t.partition_key_size == 2);
    CHECK(t.clustering_size == 2);
    CHECK(t.columns[2].descending);
    CHECK(!t.columns[3].descending);
    CHECK(t.columns[5].type == all.types.at("live").at("outer_type"));
    REQUIRE(t.indexes.contains("read_back_by_mixed"));
    CHECK(t.indexes.at("read_back_by_mixed").kind == "COMPOSITES");
    std::size_t checked = 0;
    for (const auto& [keyspace, its] : all.tables)
        for (const auto& [name, table] : its) {
            co_await check_columns(node, keyspace, name, table);
            ++checked;
        }
    CHECK(checked > 20);
    co_await node.close();
}

boost::asio::awaitable<void> whole_topology(endpoint where, connection_options options) {
    auto node = co_await connection::open(std::move(where), std::move(options));
    client::system_tables tables(node, std::chrono::minutes(1));
    const auto found = co_await tables.read_topology();
    REQUIRE(found.has_value());
    const auto& hosts = *found->hosts;
    const auto others = co_await node.query("SELECT peer FROM system.peers");
    CHECK(hosts.hosts().size() + found->skipped.size() == 1 + others.size());
    CHECK(!hosts.cluster_name().empty());
    for (const auto& each : hosts.hosts()) {
        CHECK(!each.datacenter.empty());
        CHECK(!each.rack.empty());
        CHECK(!each.tokens.empty());
        CHECK(each.port != 0);
        CHECK(hosts.find(each.address) == &each);
    }
    CHECK(tables.is_scylla() == live::is_scylla(node));
    co_await node.close();
}

} // namespace

TEST_CASE("The schema that is read of system tables is the one that the server describes rows by") {
    live::run(whole_schema(live::plain(), live::login()));
}

TEST_CASE("All nodes of the cluster are read of one of them") {
    live::run(whole_topology(live::plain(), live::login()));
}
