#include "core/routing/partition_replicas.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace cocql;
using namespace cocql::routing;

namespace {

uuid numbered(int number) {
    uuid id;
    id.bytes[15] = static_cast<std::byte>(number);
    return id;
}

topology some_hosts(int count) {
    std::vector<topology::host> hosts;
    for (int i = 0; i < count; ++i)
        hosts.push_back({numbered(i + 1), "dc", "r", {token(i)}});
    return topology(std::move(hosts));
}

} // namespace

TEST_CASE("Of a tablet hosts and shards are those that it says, in its order") {
    const auto known = some_hosts(4);
    tablet where;
    where.replicas = {{numbered(3), 7}, {numbered(1), 0}};
    partition_replicas found;
    found.take(known, where);
    const std::vector<host_index> hosts{known.find(numbered(3)).value(),
                                        known.find(numbered(1)).value()};
    CHECK(std::ranges::equal(found.hosts(), hosts));
    CHECK(found.shard_on(hosts[0]) == 7u);
    CHECK(found.shard_on(hosts[1]) == 0u);
    CHECK(found.has_first());
    CHECK(!found.shard_on(known.find(numbered(2)).value()));
}

TEST_CASE("A tablet's replicas on hosts that are not known are left out") {
    const auto known = some_hosts(2);
    tablet where;
    where.replicas = {{numbered(9), 1}, {numbered(2), 5}};
    partition_replicas found;
    found.take(known, where);
    REQUIRE(found.hosts().size() == 1);
    CHECK(found.shard_on(found.hosts()[0]) == 5u);
    CHECK(!found.has_first()); // which may lead
    tablet other;
    other.replicas = {{numbered(2), 5}, {numbered(9), 1}};
    partition_replicas first;
    first.take(known, other);
    REQUIRE(first.hosts().size() == 1);
    CHECK(first.has_first());
}

TEST_CASE("A tablet may have more replicas than are usual") {
    const auto known = some_hosts(40);
    tablet where;
    for (int i = 40; i > 0; --i)
        where.replicas.push_back({numbered(i), static_cast<std::uint32_t>(100 + i)});
    partition_replicas found;
    found.take(known, where);
    REQUIRE(found.hosts().size() == 40);
    for (const auto& each : where.replicas)
        CHECK(found.shard_on(known.find(each.host).value()) == each.shard);
}

TEST_CASE("A ring says nothing of shards, and what is not known says nothing at all") {
    const std::vector<host_index> ring{2, 0};
    partition_replicas found;
    found.take(ring);
    CHECK(std::ranges::equal(found.hosts(), ring));
    CHECK(!found.shard_on(2));
    const partition_replicas none{};
    CHECK(none.hosts().empty());
    CHECK(!none.shard_on(0));
    CHECK(!none.has_first());
    partition_replicas nowhere;
    nowhere.take(some_hosts(1), tablet());
    CHECK(!nowhere.has_first());
}
