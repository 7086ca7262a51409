#include "core/metadata/host_changes.hpp"
#include "core/metadata/topology_snapshot.hpp"
#include "core/routing/replica_map.hpp"
#include "input.hpp"
#include "testing/host_tables.hpp"
#include "testing/page_of_table.hpp"

#include <algorithm>

namespace {

using namespace cocql;

void check(const metadata::host& host) {
    fuzz::require(host.id != uuid(), "a host has an id");
    fuzz::require(!host.datacenter.empty(), "a host has a data centre");
    fuzz::require(host.port != 0, "a host has a port");
    fuzz::require(std::ranges::is_sorted(host.tokens), "a host's tokens are in order");
}

void check(const metadata::topology_snapshot& all) {
    fuzz::require(std::ranges::adjacent_find(all.hosts(), std::ranges::greater_equal(),
                                             &metadata::host::id) == all.hosts().end(),
                  "there is one host of each id, in their order");
    fuzz::require(metadata::host_changes(all, all).empty(), "nothing has changed");
    fuzz::require(metadata::is_same_ring(all, all), "the ring is the same");
    for (const auto& host : all.hosts()) {
        check(host);
        fuzz::require(all.find(host.id) == &host, "a host is found by its id");
        fuzz::require(all.find(host.address) != nullptr, "a host is found by its address");
    }
    const auto how =
        routing::replication::of({{"class", "SimpleStrategy"}, {"replication_factor", "3"}});
    const routing::replica_map replicas(all.routing(), how);
    const auto wanted = std::min<std::size_t>(3, all.routing()->hosts_with_data());
    for (const auto& place : all.routing()->ring())
        fuzz::require(replicas.replicas_of(place.where).size() == wanted,
                      "there are as many replicas as there can be");
}

} // namespace

/// Rows of system.local and of one of the tables of peers, with any cells.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto cells = fuzz::input(data, size);
    const bool second = fuzz::take_byte(cells) % 2 != 0;
    const std::size_t rows = fuzz::take_byte(cells) % 8;
    const auto columns =
        second ? testing::peers_v2_table().columns() : testing::peers_table().columns();
    const auto asked_at = testing::address_of("127.0.0.1");
    metadata::local_node local;
    local.self.id = testing::id_of(1);
    local.self.address = asked_at;
    local.self.port = 9042;
    local.self.datacenter = "dc";
    local.partitioner = "Murmur3Partitioner";
    if (const auto page = testing::try_page_of(testing::local_table().columns(), 1, cells))
        if (const auto told = metadata::read_local(*page, asked_at, 9042)) {
            check(told->self);
            local = *told;
        }
    if (const auto page = testing::try_page_of(columns, rows, cells)) {
        auto peers = metadata::read_peers(*page, 9042);
        fuzz::require(peers.hosts.size() + peers.skipped.size() == rows,
                      "each row is read or skipped");
        for (const auto& host : peers.hosts)
            check(host);
        check(metadata::topology_snapshot(local, std::move(peers.hosts)));
    }
    return 0;
}
