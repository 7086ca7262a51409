#pragma once

#include "core/metadata/topology_snapshot.hpp"

#include <vector>

namespace cocql::metadata {

/// What became of one host between two snapshots.
struct host_change {
    enum class kind {
        added,
        removed,
        moved,  ///< has another address or port: connections go to another place
        altered ///< has another data centre, rack or version
    };
    kind what = kind::added;
    uuid id;

    friend bool operator==(const host_change&, const host_change&) = default;
};

/// The difference of two snapshots, in the order of the hosts' ids. A host that has moved and is
/// altered is in it twice, as moved first.
std::vector<host_change> host_changes(const topology_snapshot& before,
                                      const topology_snapshot& after);

/// Whether replicas are the same as before: hosts with tokens, their tokens, data centres and
/// racks.
bool is_same_ring(const topology_snapshot& before, const topology_snapshot& after);

} // namespace cocql::metadata
