#include "client/control/candidates.hpp"

#include <cocql/testing/cluster_tables.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace cocql;
using namespace cocql::testing;
using client::candidate;
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
const std::vector<candidate> given{candidate(points[0]), candidate(points[1]),
                                   candidate(points[2])};

} // namespace

TEST_CASE("Where nothing is known the contact points are tried in their order") {
    CHECK(control_candidates(nullptr, points, nullptr, 7) == given);
    const candidate lost("db.example", endpoint("10.0.0.9"));
    for (const auto& each : {candidate(points[0]), lost})
        CHECK(control_candidates(nullptr, points, &each, 7) ==
              std::vector<candidate>{given[1], given[2], given[0]});
}

TEST_CASE("Known nodes come first, in any order, and each once") {
    const auto known = three_hosts();
    std::set<std::string> orders;
    for (std::uint32_t chance = 0; chance < 1'000; ++chance) {
        const auto all = control_candidates(&known, points, nullptr, chance);
        REQUIRE(all.size() == 5);
        std::string order;
        for (std::size_t i = 0; i < 3; ++i)
            order += all[i].where().host() + (all[i].is_given() ? "! " : " ");
        orders.insert(order);
        CHECK(order.find("127.0.0.2! ") != order.npos); // a contact point, too
        CHECK(all[3] == candidate(points[0]));
        CHECK(all[4] == candidate(points[2]));
    }
    CHECK(orders.size() == 6);
}

TEST_CASE("The one that was lost is tried last of all") {
    const auto known = three_hosts();
    for (std::uint32_t chance = 0; chance < 100; ++chance) {
        const candidate lost(two);
        const auto all = control_candidates(&known, points, &lost, chance);
        REQUIRE(all.size() == 5);
        CHECK(all.back() == candidate(two));
        const candidate by_name("db.example", three);
        const auto others = control_candidates(&known, points, &by_name, chance);
        REQUIRE(others.size() == 5);
        CHECK(others[3] == candidate(three, false));
        CHECK(others[4] == candidate(points[0]));
    }
}
