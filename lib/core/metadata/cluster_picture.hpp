#pragma once

#include "core/metadata/cluster_snapshot.hpp"
#include "core/metadata/placement.hpp"
#include "core/metadata/tablet_snapshot.hpp"

#include <cocql/host_info.hpp>

#include <memory>
#include <vector>

namespace cocql::metadata {

/// What the copies of a cocql::cluster_metadata share: a snapshot, where data lives by it, what the
/// session that it was asked of knew of tablets, and how it was doing with each host. Immutable;
/// none of the pointers is null.
struct cluster_picture {
    cluster_snapshot known;
    std::shared_ptr<const placement> places;
    tablet_snapshot tablets;
    std::vector<host_info> hosts; ///< as `known` has them, in its order
};

} // namespace cocql::metadata
