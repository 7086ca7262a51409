#include "token_ring.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace cocqlsh;

namespace {

using list = std::vector<std::string>;
using options = std::map<std::string, std::string>;

ring_node ring_node_at(std::string address, std::string data_center, std::string rack,
                       std::vector<token> tokens) {
    ring_node node;
    node.address = std::move(address);
    node.data_center = std::move(data_center);
    node.rack = std::move(rack);
    node.tokens = std::move(tokens);
    return node;
}

token_ring three_nodes() {
    return token_ring({ring_node_at("a", "one", "r", {-50, 10}),
                       ring_node_at("b", "one", "r", {0, 20}),
                       ring_node_at("c", "one", "r", {30})});
}

list simple(const token_ring& ring, const token& place, const std::string& factor) {
    const options how{{"class", "org.apache.cassandra.locator.SimpleStrategy"},
                      {"replication_factor", factor}};
    return ring.replicas(how, place).value();
}

} // namespace

TEST_CASE("a token belongs to the range that ends with it, and the ring closes") {
    const auto ring = three_nodes();
    CHECK(simple(ring, -51, "1") == list{"a"});
    CHECK(simple(ring, -50, "1") == list{"a"});
    CHECK(simple(ring, -49, "1") == list{"b"});
    CHECK(simple(ring, 0, "1") == list{"b"});
    CHECK(simple(ring, 1, "1") == list{"a"});
    CHECK(simple(ring, 30, "1") == list{"c"});
    CHECK(simple(ring, 31, "1") == list{"a"}); // beyond the last one
}

TEST_CASE("SimpleStrategy takes the next nodes of the ring, each once") {
    const auto ring = three_nodes();
    CHECK(simple(ring, -49, "2") == list{"b", "a"});
    CHECK(simple(ring, 11, "2") == list{"b", "c"});
    CHECK(simple(ring, 21, "3") == list{"c", "a", "b"});
    CHECK(simple(ring, 21, "5") == list{"c", "a", "b"}); // no more than there are
    CHECK(simple(ring, 21, "3/1") == list{"c", "a"});    // a transient replica does not keep all
    CHECK(simple(token_ring({}), 21, "3").empty());
}

TEST_CASE("NetworkTopologyStrategy takes racks before nodes, data centre by data centre") {
    const token_ring ring({ring_node_at("a", "one", "r1", {0}), ring_node_at("x", "two", "r1", {1}),
                           ring_node_at("b", "one", "r1", {2}), ring_node_at("c", "one", "r2", {4}),
                           ring_node_at("y", "two", "r1", {5}),
                           ring_node_at("d", "one", "r2", {6})});
    const auto at = [&](const token& place, options how) {
        how["class"] = "NetworkTopologyStrategy";
        return ring.replicas(how, place).value();
    };
    CHECK(at(0, {{"one", "2"}}) == list{"a", "c"});
    CHECK(at(0, {{"one", "3"}}) == list{"a", "c", "b"});
    CHECK(at(0, {{"one", "4"}}) == list{"a", "c", "b", "d"});
    CHECK(at(3, {{"one", "2"}, {"two", "1"}}) == list{"c", "a", "y"});
    CHECK(at(3, {{"one", "1"}, {"two", "9"}}) == list{"c", "y", "x"});
    CHECK(at(0, {{"two", "2/1"}, {"elsewhere", "3"}}) == list{"x"});
    CHECK(at(0, {}).empty());
}

TEST_CASE("a node with several tokens that was passed over is taken once") {
    const token_ring ring(
        {ring_node_at("a", "one", "r1", {0}), ring_node_at("b", "one", "r1", {1, 2, 3}),
         ring_node_at("c", "one", "r2", {4}), ring_node_at("d", "one", "r2", {5})});
    const options how{{"class", "NetworkTopologyStrategy"}, {"one", "4"}};
    CHECK(ring.replicas(how, 0).value() == list{"a", "c", "b", "d"});
}

TEST_CASE("any ring gives as many nodes as are wanted and there, in as many racks as can be") {
    std::mt19937 random(20261128);
    for (int round = 0; round < 300; ++round) {
        const auto below = [&](unsigned limit) { return static_cast<int>(random() % limit); };
        std::vector<ring_node> nodes;
        std::set<std::string> all_racks;
        const int count = 1 + below(8);
        for (int i = 0; i < count; ++i) {
            const auto rack = "r" + std::to_string(below(4));
            std::vector<token> tokens;
            for (int t = 0; t <= below(6); ++t)
                tokens.push_back(token(below(1'000'000)) * 8 + i);
            all_racks.insert(rack);
            nodes.push_back(ring_node_at(std::to_string(i), "one", rack, tokens));
        }
        const auto wanted = static_cast<std::size_t>(below(10));
        const options how{{"class", "NetworkTopologyStrategy"}, {"one", std::to_string(wanted)}};
        const auto chosen = token_ring(nodes).replicas(how, below(8'000'000)).value();
        CHECK(chosen.size() == std::min(wanted, nodes.size()));
        CHECK(std::set<std::string>(chosen.begin(), chosen.end()).size() == chosen.size());
        std::set<std::string> racks;
        for (const auto& each : chosen)
            racks.insert(nodes[std::stoul(each)].rack);
        CHECK(racks.size() == std::min(chosen.size(), all_racks.size()));
    }
}

TEST_CASE("a cluster of any size is walked once, not once for each data centre") {
    std::vector<ring_node> nodes;
    options how{{"class", "NetworkTopologyStrategy"}};
    for (int i = 0; i < 100'000; ++i) {
        const auto name = std::to_string(i);
        nodes.push_back(ring_node_at(name, name, name, {token(i)}));
        how[name] = "3";
    }
    const auto chosen = token_ring(nodes).replicas(how, 50'000).value();
    CHECK(chosen.size() == nodes.size());
    CHECK(chosen.front() == "0");
    CHECK(chosen.back() == "99999");
}

TEST_CASE("what each node keeps for itself has no replicas, and what is everywhere all nodes") {
    const auto ring = three_nodes();
    CHECK(ring.replicas({{"class", "org.apache.cassandra.locator.LocalStrategy"}}, 5)
              .value()
              .empty());
    CHECK(ring.replicas({{"class", "EverywhereStrategy"}}, 5).value() == list{"a", "b", "c"});
}

TEST_CASE("a strategy or factor that is not known is told") {
    const auto said = [](const options& how) {
        const auto found = three_nodes().replicas(how, 0);
        return found ? std::string() : std::string(found.error().message());
    };
    CHECK(said({{"class", "com.example.MineStrategy"}}) ==
          "where MineStrategy keeps replicas is not known here");
    CHECK(said({{"class", "SimpleStrategy"}}) == "replication_factor is no number: ''");
    CHECK(said({{"class", "NetworkTopologyStrategy"}, {"one", "3/4"}}) ==
          "the replication factor of 'one' is no number: '3/4'");
}

TEST_CASE("tokens are numbers of any size, and each partitioner has its own") {
    CHECK(parse_token("0") == token(0));
    CHECK(parse_token("-0012") == token(-12));
    CHECK(parse_token("170141183460469231731687303715884105728") == token(1) << 127);
    for (const char* text : {"", "-", "+1", "1.5", "0x10", " 1", "1e3"})
        CHECK(!parse_token(text));
    CHECK(!parse_token(std::string(100'000, '9')));
    CHECK(!objection_to(token("-9223372036854775808"),
                        "org.apache.cassandra.dht.Murmur3Partitioner"));
    CHECK(*objection_to(token("9223372036854775808"), "Murmur3Partitioner") ==
          "the tokens of Murmur3Partitioner are -9223372036854775808 to 9223372036854775807");
    CHECK(!objection_to(token(1) << 127, "RandomPartitioner"));
    CHECK(objection_to(-2, "RandomPartitioner"));
    CHECK(*objection_to(5, "org.apache.cassandra.dht.ByteOrderedPartitioner") ==
          "the tokens of ByteOrderedPartitioner are no numbers");
}
