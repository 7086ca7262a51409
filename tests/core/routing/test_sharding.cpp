#include "core/routing/sharding.hpp"
#include "vectors.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace cocql;
using namespace cocql::tests;
using routing::sharding;
using routing::token;

TEST_CASE("Shards of tokens are those of ScyllaDB's and gocql's tests") {
    const auto& all = vectors().at("shards");
    const auto& gocql = all.at("gocql_10000");
    const sharding four(gocql.at("nr_shards").get<std::uint32_t>(),
                        gocql.at("msb").get<unsigned>());
    for (const auto& each : gocql.at("every_500th"))
        CHECK(four.shard_of(token(each.at(0).get<std::int64_t>())) ==
              each.at(1).get<std::uint32_t>());
    CHECK(gocql.at("every_500th").size() == 21);
    for (const auto& each : all.at("edges")) {
        const sharding some(each.at("nr_shards").get<std::uint32_t>(),
                            each.at("msb").get<unsigned>());
        CHECK(some.shard_of(token(each.at("token").get<std::int64_t>())) ==
              each.at("shard").get<std::uint32_t>());
    }
    CHECK(all.at("edges").size() == 99);
}

TEST_CASE("Every token has a shard that there is") {
    std::mt19937_64 random(11);
    for (const std::uint32_t shards : {1u, 2u, 3u, 7u, 255u, 65'534u, 65'535u})
        for (const unsigned bits : {0u, 1u, 12u, 62u, 63u}) {
            const sharding some(shards, bits);
            for (int i = 0; i < 1'000; ++i)
                CHECK(some.shard_of(token(static_cast<std::int64_t>(random()))) < shards);
            CHECK(some.shard_of(token::greatest()) < shards);
            CHECK(some.shard_of(token::least()) == 0);
        }
}

namespace {

using offers = std::map<std::string, std::vector<std::string>>;

offers whole_offer() {
    return {{"SCYLLA_NR_SHARDS", {"8"}},
            {"SCYLLA_SHARDING_IGNORE_MSB", {"12"}},
            {"SCYLLA_SHARDING_ALGORITHM", {"biased-token-round-robin"}},
            {"SCYLLA_PARTITIONER", {"org.apache.cassandra.dht.Murmur3Partitioner"}}};
}

} // namespace

TEST_CASE("A node's shards are read from what it offers") {
    CHECK(sharding::offered(whole_offer()) == sharding(8, 12));
    CHECK(sharding::offered({}) == std::nullopt);
    CHECK(sharding::offered({{"CQL_VERSION", {"3.4.7"}}}) == std::nullopt);
}

TEST_CASE("Shards that make no sense are none") {
    for (const auto& each : whole_offer()) {
        const auto& name = each.first;
        CAPTURE(name);
        auto without = whole_offer();
        without.erase(name);
        CHECK(sharding::offered(without) == std::nullopt);
        for (const std::vector<std::string>& wrong : {std::vector<std::string>{},
                                                      {""},
                                                      {"8", "8"},
                                                      {"no such"},
                                                      {"-1"},
                                                      {"0x8"},
                                                      {"8 "},
                                                      {"65536"},
                                                      {"4294967297"}}) {
            auto offer = whole_offer();
            offer[name] = wrong;
            CHECK(sharding::offered(offer) == std::nullopt);
        }
    }
    auto none = whole_offer();
    none["SCYLLA_NR_SHARDS"] = {"0"};
    CHECK(sharding::offered(none) == std::nullopt);
    auto all_bits = whole_offer();
    all_bits["SCYLLA_SHARDING_IGNORE_MSB"] = {"64"};
    CHECK(sharding::offered(all_bits) == std::nullopt);
}

TEST_CASE("Ports that lead to a shard are its remainder, private ones, and all of them in turn") {
    for (const std::uint32_t shards : {1u, 2u, 3u, 7u, 16u, 255u, 16'384u}) {
        CAPTURE(shards);
        const sharding some(shards, 12);
        for (const std::uint32_t shard : {0u, shards / 2, shards - 1}) {
            std::set<std::uint16_t> ports;
            for (std::uint32_t number = 0; number < 20'000; ++number) {
                const auto port = some.source_port(shard, number);
                REQUIRE(port);
                REQUIRE(*port >= 49152);
                REQUIRE(*port % shards == shard);
                ports.insert(*port);
            }
            CHECK(ports.size() >= 16'384 / shards);
            CHECK(ports.size() <= 16'384 / shards + 1);
        }
        CHECK(!some.source_port(shards, 0));
        CHECK(some.source_port(0, 0xffffffff));
    }
    // More shards than there are ports.
    const sharding many(60'000, 12);
    int reached = 0;
    for (std::uint32_t shard = 0; shard < many.shards(); ++shard)
        reached += many.source_port(shard, 5) ? 1 : 0;
    CHECK(reached == 16'384);
}

TEST_CASE("A connection's shard and the ports by which one chooses it are read with them") {
    auto all = whole_offer();
    all["SCYLLA_SHARD"] = {"5"};
    all["SCYLLA_SHARD_AWARE_PORT"] = {"19042"};
    all["SCYLLA_SHARD_AWARE_PORT_SSL"] = {"19142"};
    const auto offer = routing::shard_offer::in(all);
    CHECK(offer.how == sharding(8, 12));
    CHECK(offer.shard == 5);
    CHECK(offer.port == 19042);
    CHECK(offer.tls_port == 19142);
    all.erase("SCYLLA_SHARD_AWARE_PORT");
    all["SCYLLA_SHARD_AWARE_PORT_SSL"] = {"70000"};
    CHECK(routing::shard_offer::in(all).how);
    CHECK(routing::shard_offer::in(all).port == 0);
    CHECK(routing::shard_offer::in(all).tls_port == 0);
    for (const auto* wrong : {"8", "-1", ""}) {
        all["SCYLLA_SHARD"] = {wrong};
        CHECK(!routing::shard_offer::in(all).how);
        CHECK(routing::shard_offer::in(all).shard == 0);
    }
    CHECK(!routing::shard_offer::in({}).how);
}
