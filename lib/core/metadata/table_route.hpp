#pragma once

#include "core/metadata/placement.hpp"

#include <optional>
#include <string_view>

namespace cocql::metadata {

/// How a partition key of one table leads to its replicas, in one snapshot: looked up once for a
/// statement, since names are slow to find. Borrows the placement.
struct table_route {
    /// Nothing: its keys have no tokens here.
    std::optional<routing::partitioner> keys;
    /// Null: it has no part in a ring, or is not known.
    const routing::replica_map* ring = nullptr;
    bool has_tablets = false;
    bool has_leaders = false;
};

/// Of a keyspace that is not known nothing is.
table_route route_to(const placement& known, std::string_view keyspace, std::string_view table);

} // namespace cocql::metadata
