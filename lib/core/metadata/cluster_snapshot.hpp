#pragma once

#include "core/metadata/schema_snapshot.hpp"
#include "core/metadata/topology_snapshot.hpp"

#include <memory>

namespace cocql::metadata {

/// All that is known of a cluster at one moment. What did not change is the same object as before.
struct cluster_snapshot {
    std::shared_ptr<const topology_snapshot> hosts;
    std::shared_ptr<const schema_snapshot> schema;
};

} // namespace cocql::metadata
