#pragma once

#include "core/routing/tablet.hpp"

#include <cstddef>
#include <vector>

namespace cocql::routing {

/// The tablets of one table that are known, which servers tell one by one as requests miss them.
/// The one part of routing that changes between two snapshots.
class tablet_map {
  public:
    /// What is known of any part of its stretch is known no more: tablets are split and merged.
    void put(tablet known);
    /// Null where nothing is known. Valid until the next change.
    const tablet* find(token where) const noexcept;
    /// Forgets those that have a replica on this host, which is gone.
    void forget_host(const uuid& host);
    void clear() noexcept { tablets_.clear(); }
    std::size_t size() const noexcept { return tablets_.size(); }

  private:
    std::vector<tablet> tablets_; ///< in the order of their tokens; none overlaps another
};

} // namespace cocql::routing
