#include "core/routing/replication.hpp"
#include "rings.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using namespace cocql::tests;
using routing::full_replicas;
using routing::replication;

TEST_CASE("Of replicas that are transient there are none") {
    CHECK(full_replicas("3") == 3);
    CHECK(full_replicas("3/1") == 2);
    CHECK(full_replicas("0") == 0);
    CHECK(full_replicas("1500") == 1500);
    for (const auto* wrong : {"", "/", "3/", "/1", "1/1", "1/2", "3/x", "x/1", "-3", "3 ", " 3",
                              "3.0", "4294967296", "['r1', 'r2']"})
        CHECK(full_replicas(wrong) == 0);
}

TEST_CASE("Replication is read as system_schema.keyspaces has it") {
    CHECK(on_ring("3").kind() == replication::strategy::simple);
    CHECK(on_ring("3").factor() == 3);
    CHECK(on_ring("3/1").factor() == 2);
    const auto two = by_datacenter({{"dc1", "3"}, {"dc2", "2/1"}, {"dc3", "0"}, {"dc4", "?"}});
    CHECK(two.kind() == replication::strategy::network_topology);
    CHECK(two.factors() == std::map<std::string, std::uint32_t>{{"dc1", 3}, {"dc2", 1}});
    CHECK(replication::of({{"class", "org.apache.cassandra.locator.EverywhereStrategy"}}).kind() ==
          replication::strategy::everywhere);
    for (const auto* none : {"", "org.apache.cassandra.locator.LocalStrategy", "my.own.Strategy"})
        CHECK(replication::of({{"class", none}, {"replication_factor", "3"}}).kind() ==
              replication::strategy::unknown);
    CHECK(replication::of({}) == replication());
    CHECK(replication::of({{"class", "SimpleStrategy"}}).factor() == 0);
}

TEST_CASE("Keyspaces with the same replicas are equal, whatever else is said") {
    CHECK(by_datacenter({{"dc1", "3"}}) == by_datacenter({{"dc1", "3"}, {"dc2", "0"}}));
    CHECK(by_datacenter({{"dc1", "3"}}) != by_datacenter({{"dc1", "2"}}));
    CHECK(on_ring("3") != by_datacenter({{"replication_factor", "3"}}));
}
