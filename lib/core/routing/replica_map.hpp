#pragma once

#include "core/routing/replication.hpp"
#include "core/routing/topology.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace cocql::routing {

/// The replicas of every part of a ring, for one way of replication: worked out once for each
/// snapshot and shared by the keyspaces that are alike. Immutable.
class replica_map {
  public:
    /// Null is not allowed.
    replica_map(std::shared_ptr<const topology> hosts, const replication& how);

    /// In the order in which servers place them; none where nothing is known. Valid as long as this
    /// object.
    std::span<const host_index> replicas_of(token where) const noexcept {
        return part_of(replicas_, where);
    }
    /// The same in the order in which one meets them along the ring, which is another where hosts
    /// were passed over because of their racks. Drivers agree on this one for conditional
    /// statements.
    std::span<const host_index> replicas_along_ring(token where) const noexcept {
        return part_of(along_ring_.empty() ? replicas_ : along_ring_, where);
    }

  private:
    class ring_walk;

    std::span<const host_index> part_of(const std::vector<host_index>& all,
                                        token where) const noexcept {
        if (everywhere_)
            return all;
        if (begins_.empty())
            return {};
        const auto place = hosts_->place_of(where);
        return {all.data() + begins_[place], all.data() + begins_[place + 1]};
    }
    void place_simply(std::size_t factor);
    void place_by_datacenters(const replication& how);
    void place_everywhere();

    std::shared_ptr<const topology> hosts_;
    /// For all places of the ring one behind the other; at the place of each begin its own, and at
    /// one more they end.
    std::vector<host_index> replicas_;
    std::vector<std::uint32_t> begins_;
    std::vector<host_index> along_ring_; ///< in the same places; empty where it is the same
    bool everywhere_ = false;            ///< there is one list for all
};

} // namespace cocql::routing
