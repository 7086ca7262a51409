#include "client/control/candidates.hpp"
#include "testing/cluster_tables.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace cocql;
using namespace cocql::testing;
using client::control_candidates;

namespace {

metadata::topology_snapshot three_hosts() {
    metadata::local_node local;
    std::vector<metadata::host> peers;
    for (int i = 1; i <= 3; ++i) {
        metadata::host each;
        each.id = id_of(i);
        each.address = cluster_tables::address(i);
        each.port = 9042;
        each.datacenter = "dc1";
        if (i == 1)
            local.self = each;
        else
            peers.push_back(each);
    }
    return {std::move(local), std::move(peers)};
}

const endpoint one("127.0.0.1"), two("127.0.0.2"), three("127.0.0.3");
const std::vector<endpoint> points{endpoint("db.example"), two, endpoint("10.0.0.1", 9142)};

} // namespace

TEST_CASE("Where nothing is known the contact points are tried in their order") {
    CHECK(control_candidates(nullptr, points, nullptr, 7) == points);
    CHECK(control_candidates(nullptr, points, &points[0], 7) ==
          std::vector<endpoint>{points[1], points[2], points[0]});
}

TEST_CASE("Known nodes come first, in any order, and each once") {
    const auto known = three_hosts();
    std::set<std::string> orders;
    for (std::uint32_t chance = 0; chance < 1'000; ++chance) {
        const auto all = control_candidates(&known, points, nullptr, chance);
        REQUIRE(all.size() == 5);
        std::string order;
        for (std::size_t i = 0; i < 3; ++i)
            order += all[i].host() + " ";
        orders.insert(order);
        CHECK(all[3] == points[0]);
        CHECK(all[4] == points[2]);
    }
    CHECK(orders.size() == 6);
}

TEST_CASE("The one that was lost is tried last of all") {
    const auto known = three_hosts();
    for (std::uint32_t chance = 0; chance < 100; ++chance) {
        const auto all = control_candidates(&known, points, &two, chance);
        REQUIRE(all.size() == 5);
        CHECK(all.back() == two);
    }
}
