#include "../message/golden.hpp"
#include "core/metadata/read_hosts.hpp"
#include "testing/host_tables.hpp"
#include "testing/page_of_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using metadata::read_local;
using metadata::read_peers;
using routing::token;

namespace {

const inet_address reached = address_of("127.0.0.9");

std::map<std::string, value> local_row() {
    return {{"key", "local"},
            {"broadcast_address", address_of("10.0.0.1")},
            {"cluster_name", "Test Cluster"},
            {"data_center", "dc1"},
            {"host_id", id_of(1)},
            {"partitioner", "org.apache.cassandra.dht.Murmur3Partitioner"},
            {"rack", "r1"},
            {"release_version", "5.0.6"},
            {"rpc_address", address_of("127.0.0.1")},
            {"rpc_port", 9999},
            {"schema_version", id_of(100)},
            {"tokens", tokens_of({"5", "-9223372036854775808", "-7"})}};
}

std::map<std::string, value> peers_row() {
    return {{"peer", address_of("10.0.0.2")},
            {"data_center", "dc1"},
            {"host_id", id_of(2)},
            {"rack", "r2"},
            {"release_version", "5.0.6"},
            {"rpc_address", address_of("127.0.0.2")},
            {"schema_version", id_of(100)},
            {"tokens", tokens_of({"1"})}};
}

std::map<std::string, value> peers_v2_row() {
    auto row = peers_row();
    row.extract("rpc_address");
    row["peer_port"] = 7000;
    row["native_address"] = address_of("127.0.0.2");
    row["native_port"] = 9242;
    return row;
}

metadata::local_node read(const std::map<std::string, value>& row) {
    return read_local(page_of_table(local_table().add(row)), reached, 9042).value();
}

metadata::peer_nodes read_peer(std::map<std::string, value> row) {
    return read_peers(page_of_table(peers_table().add(row)), 9042);
}

} // namespace

TEST_CASE("A node says of itself where it is, and what its cluster is called") {
    const auto node = read(local_row());
    CHECK(node.cluster_name == "Test Cluster");
    CHECK(node.partitioner == "org.apache.cassandra.dht.Murmur3Partitioner");
    CHECK(node.self.id == id_of(1));
    CHECK(node.self.address == address_of("127.0.0.1"));
    CHECK(node.self.port == 9999);
    CHECK(node.self.broadcast_address == address_of("10.0.0.1"));
    CHECK(node.self.datacenter == "dc1");
    CHECK(node.self.rack == "r1");
    CHECK(node.self.release_version == "5.0.6");
    CHECK(node.self.schema_version == id_of(100));
    CHECK(node.self.tokens == std::vector<token>{token::least(), token(-7), token(5)});
}

TEST_CASE("Where a node does not say where it is, it is where it was reached") {
    for (const auto& address : {value(), value(address_of("0.0.0.0")), value(address_of("::"))}) {
        auto row = local_row();
        row["rpc_address"] = address;
        for (const auto& port : {value(), value(0), value(-1), value(65536)}) {
            row["rpc_port"] = port;
            const auto node = read(row);
            CHECK(node.self.address == reached);
            CHECK(node.self.port == 9042);
        }
    }
}

TEST_CASE("Where addresses are translated that by which others know a node counts instead, if it "
          "tells no other") {
    const auto read = [](const std::map<std::string, value>& row) {
        return read_local(page_of_table(local_table().add(row)), std::nullopt, 9042);
    };
    auto row = local_row();
    row["rpc_address"] = value(address_of("127.0.0.7"));
    row["broadcast_address"] = value(address_of("127.0.0.8"));
    CHECK(read(row).value().self.address == address_of("127.0.0.7"));
    row["rpc_address"] = value(address_of("0.0.0.0"));
    CHECK(read(row).value().self.address == address_of("127.0.0.8"));
    row["broadcast_address"] = value();
    REQUIRE(!read(row).has_value());
    CHECK(std::string(read(row).error().what()) == "system.local lacks address");
}

TEST_CASE("A node that does not say who it is, is none") {
    for (const auto* column : {"host_id", "data_center"}) {
        auto row = local_row();
        row[column] = value();
        const auto read = read_local(page_of_table(local_table().add(row)), reached, 9042);
        REQUIRE(!read.has_value());
        CHECK(read.error().is(errc::protocol_error));
        CHECK(std::string(read.error().what()) == std::string("system.local lacks ") + column);
    }
    CHECK(!read_local(page_of_table(local_table()), reached, 9042).has_value());
    CHECK(!read_local(page(), reached, 9042).has_value());
}

TEST_CASE("Nodes of Cassandra's peers_v2 have ports of their own") {
    const auto all = read_peers(page_of_table(peers_v2_table().add(peers_v2_row())), 9042);
    REQUIRE(all.hosts.size() == 1);
    const auto& host = all.hosts[0];
    CHECK(host.id == id_of(2));
    CHECK(host.address == address_of("127.0.0.2"));
    CHECK(host.port == 9242);
    CHECK(host.broadcast_address == address_of("10.0.0.2"));
    CHECK(host.datacenter == "dc1");
    CHECK(host.rack == "r2");
    CHECK(host.tokens == std::vector<token>{token(1)});
    CHECK(all.skipped.empty());
}

TEST_CASE("Nodes of peers have the port that was asked at") {
    const auto all = read_peer(peers_row());
    REQUIRE(all.hosts.size() == 1);
    CHECK(all.hosts[0].address == address_of("127.0.0.2"));
    CHECK(all.hosts[0].port == 9042);
}

TEST_CASE("A node that listens everywhere is where others know it to be") {
    for (const auto* everywhere : {"0.0.0.0", "::"}) {
        auto row = peers_row();
        row["rpc_address"] = address_of(everywhere);
        CHECK(read_peer(row).hosts.at(0).address == address_of("10.0.0.2"));
        auto second = peers_v2_row();
        second["native_address"] = address_of(everywhere);
        const auto all = read_peers(page_of_table(peers_v2_table().add(second)), 9042);
        CHECK(all.hosts.at(0).address == address_of("10.0.0.2"));
        row["peer"] = value();
        CHECK(read_peer(row).hosts.empty());
    }
}

TEST_CASE("Rows without an id, an address or a data centre are skipped, and it is said why") {
    auto row = peers_row();
    row["host_id"] = value();
    CHECK(read_peer(row).skipped == std::vector<std::string>{"10.0.0.2 lacks host_id"});
    row["data_center"] = "";
    row["rpc_address"] = value();
    const auto all = read_peers(page_of_table(peers_table().add(row).add(peers_row())), 9042);
    CHECK(all.skipped == std::vector<std::string>{"10.0.0.2 lacks host_id, address, data_center"});
    CHECK(all.hosts.size() == 1); // the other is of use
    row["peer"] = value();
    CHECK(read_peer(row).skipped[0] == "a row lacks host_id, address, data_center");
}

TEST_CASE("A node without tokens, or with some of another partitioner, is a node") {
    for (const auto& tokens :
         {value(), tokens_of({}), tokens_of({"85070591730234615865843651857942052864"}),
          tokens_of({"1", "x"}), tokens_of({"1 "}), tokens_of({""})}) {
        auto row = peers_row();
        row["tokens"] = tokens;
        row["rack"] = value();
        const auto all = read_peer(row);
        REQUIRE(all.hosts.size() == 1);
        CHECK(all.hosts[0].tokens.empty());
        CHECK(all.hosts[0].rack.empty());
    }
}

TEST_CASE("Columns that are missing, or of another type, are like null") {
    using enum data_type::kind;
    system_table bare("peers", {{"rpc_address", inet}, {"host_id", uuid}, {"data_center", text}});
    bare.add({{"rpc_address", address_of("::1")}, {"host_id", id_of(7)}, {"data_center", "x"}});
    const auto few = read_peers(page_of_table(bare), 19042);
    REQUIRE(few.hosts.size() == 1);
    CHECK(few.hosts[0].port == 19042);
    CHECK(few.hosts[0].broadcast_address == std::nullopt);
    CHECK(few.hosts[0].schema_version == std::nullopt);
    system_table odd("peers", {{"rpc_address", inet},
                               {"host_id", uuid},
                               {"data_center", text},
                               {"tokens", text},
                               {"rack", bigint},
                               {"native_port", smallint}});
    odd.add({{"rpc_address", address_of("::1")},
             {"host_id", id_of(7)},
             {"data_center", "x"},
             {"tokens", "1"},
             {"rack", 1},
             {"native_port", 1}});
    const auto found = read_peers(page_of_table(odd), 19042);
    REQUIRE(found.hosts.size() == 1);
    CHECK(found.hosts[0].tokens.empty());
    CHECK(found.hosts[0].rack.empty());
}

TEST_CASE("The peers of a real ScyllaDB node are read") {
    const auto frames = load_golden("scylla.txt");
    const auto captured = std::ranges::find_if(frames, [](const golden_frame& each) {
        return each.name.find("system.peers on node 1") != std::string::npos ||
               each.what.find("system.peers on node 1") != std::string::npos;
    });
    REQUIRE(captured != frames.end());
    const auto rows =
        message::decode_page(captured->header(), base::shared_bytes::copy_of(captured->body()));
    REQUIRE(rows.has_value());
    // Only these columns were asked for.
    const auto all = read_peers(*rows, 9042);
    CHECK(all.hosts.empty());
    CHECK(all.skipped ==
          std::vector<std::string>{"127.0.0.3 lacks address", "127.0.0.2 lacks address"});
}
