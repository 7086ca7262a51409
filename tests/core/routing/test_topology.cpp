#include "core/routing/topology.hpp"
#include "rings.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using namespace cocql::tests;
using routing::token;

TEST_CASE("Hosts are found by their id, data centres by their name") {
    const named_ring ring({{"a", {"dc1", "r1"}}, {"b", {"dc2", "r1"}}, {"c", {"dc1", "r2"}}},
                          {{5, "a"}, {-5, "b"}, {7, "a"}});
    const auto& all = *ring.topology();
    for (routing::host_index i = 0; i < 3; ++i)
        CHECK(all.find(all.hosts()[i].id) == i);
    CHECK(all.find(uuid()) == std::nullopt);
    CHECK(all.find_datacenter("dc1") == all.datacenter_of(ring.index_of("a")));
    CHECK(all.find_datacenter("dc1") == all.datacenter_of(ring.index_of("c")));
    CHECK(all.find_datacenter("dc2") == all.datacenter_of(ring.index_of("b")));
    CHECK(all.find_datacenter("DC1") == std::nullopt);
    CHECK(all.rack_of(ring.index_of("a")) != all.rack_of(ring.index_of("b")));
    CHECK(all.rack_of(ring.index_of("a")) != all.rack_of(ring.index_of("c")));
    CHECK(all.datacenters() == 2);
    CHECK(all.racks() == 3);
    const auto first = all.datacenter_of(ring.index_of("a"));
    CHECK(all.hosts_with_data(first) == 1);
    CHECK(all.racks_with_data(first) == 1);
    CHECK(all.hosts_with_data() == 2);
}

TEST_CASE("The ring has the hosts' tokens in order") {
    const named_ring ring({{"a", {"dc1", "r1"}}, {"b", {"dc1", "r1"}}},
                          {{5, "a"}, {-5, "b"}, {7, "a"}, {5, "b"}});
    const auto& all = *ring.topology();
    REQUIRE(all.ring().size() == 4);
    CHECK(all.ring()[0].where == token(-5));
    CHECK(all.ring()[1].owner == ring.index_of("a")); // of two that claim one token, the first
    CHECK(all.ring()[3].where == token(7));
    CHECK(all.place_of(token::least()) == 0);
    CHECK(all.place_of(token(-5)) == 0);
    CHECK(all.place_of(token(-4)) == 1);
    CHECK(all.place_of(token(6)) == 3);
    CHECK(all.place_of(token(8)) == 0);
}
