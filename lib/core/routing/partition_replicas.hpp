#pragma once

#include "core/routing/tablet.hpp"
#include "core/routing/topology.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cocql::routing {

/// Where one partition lives, for one request: its hosts and, where a tablet says so, the shard of
/// each. Borrows what a ring has.
class partition_replicas {
  public:
    partition_replicas() = default; ///< nothing is known
    /// Either of these once.
    void take(std::span<const host_index> of_ring) noexcept { hosts_ = of_ring; }
    /// Replicas on hosts that this snapshot does not have are left out.
    void take(const topology& known, const tablet& where);
    partition_replicas(const partition_replicas&) = delete;
    partition_replicas& operator=(const partition_replicas&) = delete;

    std::span<const host_index> hosts() const noexcept { return hosts_; }
    /// Whether the first of them is the tablet's own first one, which leads where one does.
    bool has_first() const noexcept { return has_first_; }
    /// As its tablet says; nothing where none does, or for a host that has no replica.
    std::optional<std::uint32_t> shard_on(host_index which) const noexcept;

  private:
    static constexpr std::size_t most_in_place = 8;

    std::span<const host_index> hosts_;
    std::array<host_index, most_in_place> hosts_in_place_;
    std::array<std::uint32_t, most_in_place> shards_in_place_;
    /// Where they have no room there.
    std::vector<host_index> more_hosts_;
    std::vector<std::uint32_t> more_shards_;
    std::span<const std::uint32_t> shards_; ///< of the hosts, or none
    bool has_first_ = false;
};

} // namespace cocql::routing
