#include "client/session/sum_of_metrics.hpp"

#include <doctest/doctest.h>

using namespace cocql;

namespace {

uuid host_of_number(int number) {
    uuid id;
    id.bytes[15] = static_cast<std::byte>(number);
    return id;
}

session_metrics with_hosts(std::initializer_list<int> numbers) {
    session_metrics made;
    for (const int number : numbers) {
        auto& host = made.hosts.emplace_back();
        host.id = host_of_number(number);
        host.connections = static_cast<std::size_t>(number);
        host.in_flight = 2;
        host.orphans = 1;
        host.counts.prepares = 5;
        made.connections += host.connections;
        made.in_flight += host.in_flight;
        made.orphans += host.orphans;
        made.counts += host.counts;
    }
    made.retries = 3;
    made.tablet_hits = 7;
    return made;
}

} // namespace

TEST_CASE("Numbers of several sessions are added, nodes by their ids and in the order of these") {
    auto all = with_hosts({2, 4});
    client::add_metrics(with_hosts({1, 4, 5}), all);
    REQUIRE(all.hosts.size() == 4);
    for (const auto& [place, number] : {std::pair<std::size_t, int>{0, 1}, {1, 2}, {2, 4}, {3, 5}})
        CHECK(all.hosts[place].id == host_of_number(number));
    CHECK(all.hosts[2].connections == 8);
    CHECK(all.hosts[2].in_flight == 4);
    CHECK(all.hosts[2].orphans == 2);
    CHECK(all.hosts[2].counts.prepares == 10);
    CHECK(all.hosts[3].connections == 5);
    CHECK(all.connections == 16);
    CHECK(all.in_flight == 10);
    CHECK(all.orphans == 5);
    CHECK(all.counts.prepares == 25);
    CHECK(all.retries == 6);
    CHECK(all.tablet_hits == 14);
}

TEST_CASE("Of a session that is over only what it has counted is kept") {
    auto all = with_hosts({1});
    client::add_counts(with_hosts({2}), all);
    CHECK(all.hosts.size() == 1);
    CHECK(all.connections == 1);
    CHECK(all.in_flight == 2);
    CHECK(all.counts.prepares == 10);
    CHECK(all.retries == 6);
}
