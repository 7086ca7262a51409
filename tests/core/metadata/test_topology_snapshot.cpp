#include "core/metadata/host_changes.hpp"
#include "core/metadata/topology_snapshot.hpp"
#include "testing/host_tables.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using namespace cocql::testing;
using metadata::host;
using metadata::host_change;
using metadata::host_changes;
using metadata::is_same_ring;
using metadata::topology_snapshot;
using routing::token;
using change = metadata::host_change::kind;

namespace {

host node(int number, const std::string& address, std::vector<std::int64_t> tokens) {
    host made;
    made.id = id_of(number);
    made.address = address_of(address);
    made.port = 9042;
    made.datacenter = "dc";
    made.rack = "r";
    for (const auto each : tokens)
        made.tokens.emplace_back(each);
    return made;
}

metadata::local_node local(host self) {
    return {std::move(self), "Test Cluster", "org.apache.cassandra.dht.Murmur3Partitioner"};
}

topology_snapshot three(const host& second, const host& third) {
    return {local(node(1, "10.0.0.1", {1})), {second, third}};
}

const host second = node(2, "10.0.0.2", {2});
const host third = node(3, "10.0.0.3", {3});

} // namespace

TEST_CASE("A snapshot has the node that was asked and its peers, and a ring of them") {
    const auto all = three(third, second);
    CHECK(all.cluster_name() == "Test Cluster");
    REQUIRE(all.hosts().size() == 3);
    for (int i = 1; i <= 3; ++i) {
        REQUIRE(all.find(id_of(i)) != nullptr);
        CHECK(all.find(id_of(i)) == &all.hosts()[static_cast<std::size_t>(i - 1)]);
        CHECK(all.routing()->find(id_of(i)) == static_cast<routing::host_index>(i - 1));
    }
    CHECK(all.find(id_of(4)) == nullptr);
    CHECK(all.routing()->ring().size() == 3);
}

TEST_CASE("Hosts are found by where clients connect to, and by where nodes do") {
    auto inside = second;
    inside.broadcast_address = address_of("192.168.0.2");
    const auto all = three(inside, third);
    CHECK(all.find(address_of("10.0.0.2"))->id == id_of(2));
    CHECK(all.find(address_of("192.168.0.2"))->id == id_of(2));
    CHECK(all.find(address_of("192.168.0.3")) == nullptr);
}

TEST_CASE("Of several rows of one node that counts which has tokens, and of those the later") {
    auto moved = second;
    moved.address = address_of("10.0.0.22");
    CHECK(three(second, moved).find(id_of(2))->address == moved.address);
    CHECK(three(moved, second).find(id_of(2))->address == second.address);
    auto without = moved;
    without.tokens.clear();
    CHECK(three(second, without).find(id_of(2))->address == second.address);
    CHECK(three(without, second).find(id_of(2))->address == second.address);
    CHECK(three(second, without).hosts().size() == 2);
}

TEST_CASE("What a node says of itself counts before what it says of a peer with its id") {
    const auto self = node(1, "10.0.0.99", {1, 99});
    const auto all = three(self, second);
    CHECK(all.hosts().size() == 2);
    CHECK(all.find(id_of(1))->address == address_of("10.0.0.1"));
}

TEST_CASE("Of a partitioner that is unknown there is no ring, but the hosts") {
    auto told = local(node(1, "10.0.0.1", {1}));
    told.partitioner = "org.apache.cassandra.dht.RandomPartitioner";
    const topology_snapshot all(told, {second});
    CHECK(all.hosts().size() == 2);
    CHECK(all.routing()->hosts().size() == 2);
    CHECK(all.routing()->ring().empty());
}

TEST_CASE("The difference of two snapshots: who came, went, moved, or is described otherwise") {
    const auto before = three(second, third);
    CHECK(host_changes(before, before).empty());
    CHECK(is_same_ring(before, before));

    auto moved = second;
    moved.address = address_of("10.0.0.22");
    auto other_port = third;
    other_port.port = 9142;
    const auto elsewhere = three(moved, other_port);
    CHECK(host_changes(before, elsewhere) ==
          std::vector<host_change>{{change::moved, id_of(2)}, {change::moved, id_of(3)}});
    CHECK(is_same_ring(before, elsewhere));

    const topology_snapshot replaced(local(node(1, "10.0.0.1", {1})),
                                     {node(0, "10.0.0.2", {2}), node(4, "10.0.0.4", {3})});
    CHECK(host_changes(before, replaced) == std::vector<host_change>{{change::added, id_of(0)},
                                                                     {change::removed, id_of(2)},
                                                                     {change::removed, id_of(3)},
                                                                     {change::added, id_of(4)}});
    CHECK(!is_same_ring(before, replaced));

    auto upgraded = moved;
    upgraded.release_version = "6.0";
    CHECK(host_changes(before, three(upgraded, third)) ==
          std::vector<host_change>{{change::moved, id_of(2)}, {change::altered, id_of(2)}});
    CHECK(is_same_ring(before, three(upgraded, third)));
    auto other_rack = second;
    other_rack.rack = "r2";
    CHECK(host_changes(before, three(other_rack, third)) ==
          std::vector<host_change>{{change::altered, id_of(2)}});
    CHECK(!is_same_ring(before, three(other_rack, third)));
}

TEST_CASE("A ring is the same whatever hosts without tokens do") {
    const auto before = three(second, third);
    const topology_snapshot joined(local(node(1, "10.0.0.1", {1})),
                                   {second, third, node(4, "10.0.0.4", {})});
    CHECK(host_changes(before, joined) == std::vector<host_change>{{change::added, id_of(4)}});
    CHECK(is_same_ring(before, joined));
    CHECK(!is_same_ring(before, three(second, node(3, "10.0.0.3", {3, 4}))));
    CHECK(!is_same_ring(before, three(second, node(3, "10.0.0.3", {}))));
}
