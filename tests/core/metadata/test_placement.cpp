#include "core/metadata/placement.hpp"
#include "core/metadata/read_keyspaces.hpp"
#include "core/metadata/table_route.hpp"
#include "testing/page_of_table.hpp"
#include "testing/schema_tables.hpp"

#include <cocql/testing/id_of.hpp>

#include <doctest/doctest.h>

using namespace cocql;
using namespace cocql::testing;
using metadata::keyspaces;
using metadata::placement;
using metadata::topology_snapshot;
using routing::partitioner;
using routing::token;

namespace {

value replication_of(const std::vector<std::pair<std::string, std::string>>& options) {
    value::mapping all;
    for (const auto& [name, text] : options)
        all.emplace_back(name, text);
    return all;
}

const value simple_2 = replication_of(
    {{"class", "org.apache.cassandra.locator.SimpleStrategy"}, {"replication_factor", "2"}});
const value network_2 = replication_of(
    {{"class", "org.apache.cassandra.locator.NetworkTopologyStrategy"}, {"dc", "2"}});

/// a and b are alike, c is by data centres, local is nowhere, t has tablets with leaders, u
/// without.
keyspaces some_keyspaces() {
    auto all = keyspaces_table();
    all.add({{"keyspace_name", "a"}, {"replication", simple_2}});
    all.add({{"keyspace_name", "b"}, {"replication", simple_2}, {"durable_writes", true}});
    all.add({{"keyspace_name", "c"}, {"replication", network_2}});
    all.add({{"keyspace_name", "local"},
             {"replication", replication_of({{"class", "LocalStrategy"}})}});
    all.add({{"keyspace_name", "t"}, {"replication", network_2}});
    all.add({{"keyspace_name", "u"}, {"replication", network_2}});
    all.add({{"keyspace_name", "bare"}});
    all.add({{"replication", simple_2}});
    keyspaces known;
    metadata::add_keyspaces(page_of_table(all), known);
    auto scylla = scylla_keyspaces_table();
    scylla.add({{"keyspace_name", "t"}, {"initial_tablets", 0}, {"consistency", "Global"}});
    scylla.add({{"keyspace_name", "u"}, {"initial_tablets", 8}, {"consistency", "eventual"}});
    scylla.add({{"keyspace_name", "a"}});
    scylla.add({{"keyspace_name", "unheard of"}, {"initial_tablets", 8}});
    scylla.add({{"initial_tablets", 8}});
    metadata::add_scylla_keyspaces(page_of_table(scylla), known);
    auto tables = scylla_tables_table();
    tables.add({{"keyspace_name", "a"},
                {"table_name", "log"},
                {"partitioner", "com.scylladb.dht.CDCPartitioner"}});
    tables.add({{"keyspace_name", "a"}, {"table_name", "usual"}});
    tables.add({{"keyspace_name", "a"}, {"table_name", "odd"}, {"partitioner", "Other"}});
    tables.add({{"keyspace_name", "unheard of"}, {"table_name", "x"}, {"partitioner", "Other"}});
    metadata::add_scylla_tables(page_of_table(tables), known);
    return known;
}

std::shared_ptr<const topology_snapshot> ring_of(int hosts, const std::string& version = "") {
    std::vector<metadata::host> all;
    for (int i = 1; i <= hosts; ++i) {
        metadata::host each;
        each.id = id_of(i);
        each.datacenter = "dc";
        each.rack = "r";
        each.release_version = version;
        each.tokens = {token(i)};
        all.push_back(each);
    }
    metadata::local_node local{all.front(), "cluster",
                               "org.apache.cassandra.dht.Murmur3Partitioner"};
    all.erase(all.begin());
    return std::make_shared<const topology_snapshot>(std::move(local), std::move(all));
}

} // namespace

TEST_CASE("Keyspaces are read from the tables of Cassandra and of ScyllaDB") {
    const auto known = some_keyspaces();
    CHECK(known.size() == 7);
    CHECK(known.at("a").replication.factor() == 2);
    CHECK(known.at("a").replication == known.at("b").replication);
    CHECK(known.at("c").replication.factors().at("dc") == 2);
    CHECK(known.at("bare").replication == routing::replication());
    CHECK(known.at("t").has_tablets);
    CHECK(known.at("t").has_leaders);
    CHECK(known.at("u").has_tablets);
    CHECK(!known.at("u").has_leaders);
    CHECK(!known.at("a").has_tablets);
}

TEST_CASE("Keyspaces that are alike share their replicas; tablets and local data have none") {
    const placement all(ring_of(3), some_keyspaces());
    REQUIRE(all.replicas_of("a") != nullptr);
    CHECK(all.replicas_of("a") == all.replicas_of("b"));
    REQUIRE(all.replicas_of("c") != nullptr);
    CHECK(all.replicas_of("a") != all.replicas_of("c"));
    for (const auto* none : {"local", "t", "u", "bare", "unheard of", ""})
        CHECK(all.replicas_of(none) == nullptr);
    const auto replicas = all.replicas_of("a")->replicas_of(token(2));
    REQUIRE(replicas.size() == 2);
    CHECK(all.hosts().hosts()[replicas[0]].id == id_of(2));
    CHECK(all.find("a") != nullptr);
    CHECK(all.find("unheard of") == nullptr);
}

TEST_CASE("A table has the cluster's partitioner, unless it has one of its own") {
    const placement all(ring_of(3), some_keyspaces());
    CHECK(all.partitioner_of("a", "usual") == partitioner::murmur3);
    CHECK(all.partitioner_of("a", "log") == partitioner::cdc);
    CHECK(all.partitioner_of("a", "odd") == std::nullopt);
    CHECK(all.partitioner_of("b", "log") == partitioner::murmur3);
    CHECK(all.partitioner_of("unheard of", "x") == partitioner::murmur3);
}

TEST_CASE("Replicas are worked out anew only where they may be others") {
    const placement first(ring_of(3), some_keyspaces());
    const placement upgraded(ring_of(3, "6.0"), some_keyspaces(), &first);
    CHECK(upgraded.replicas_of("a") == first.replicas_of("a"));
    const placement grown(ring_of(4), some_keyspaces(), &first);
    CHECK(grown.replicas_of("a") != first.replicas_of("a"));
    auto altered = some_keyspaces();
    altered["a"].replication = altered["c"].replication;
    const placement changed(ring_of(3), altered, &first);
    CHECK(changed.replicas_of("a") == first.replicas_of("c"));
    CHECK(changed.replicas_of("b") == first.replicas_of("b"));
}

TEST_CASE("How a table's keys lead to their replicas is found by its names") {
    const placement known(ring_of(3), some_keyspaces());
    const auto ring = metadata::route_to(known, "a", "usual");
    CHECK(ring.keys == partitioner::murmur3);
    CHECK(ring.ring == known.replicas_of("a"));
    CHECK(!ring.has_tablets);
    CHECK(metadata::route_to(known, "a", "log").keys == partitioner::cdc);
    CHECK(!metadata::route_to(known, "a", "odd").keys);
    const auto tablets = metadata::route_to(known, "t", "any");
    CHECK(tablets.has_tablets);
    CHECK(tablets.has_leaders);
    CHECK(tablets.ring == nullptr);
    CHECK(!metadata::route_to(known, "u", "any").has_leaders);
    const auto nothing = metadata::route_to(known, "unheard of", "x");
    CHECK(!nothing.keys);
    CHECK(nothing.ring == nullptr);
}
