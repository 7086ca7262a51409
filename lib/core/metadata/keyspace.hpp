#pragma once

#include "core/routing/partitioner.hpp"
#include "core/routing/replication.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace cocql::metadata {

/// What of a keyspace decides where its data lives.
struct keyspace {
    routing::replication replication;
    /// Its tables have tablets and no part in the ring (ScyllaDB).
    bool has_tablets = false;
    /// Of each tablet one replica leads (ScyllaDB, `consistency = 'global'`).
    bool has_leaders = false;
    /// Of those tables that do not have the cluster's; nothing for one that is unknown here, whose
    /// partitions have no token then.
    std::map<std::string, std::optional<routing::partitioner>, std::less<>> partitioners;

    friend bool operator==(const keyspace&, const keyspace&) = default;
};

using keyspaces = std::map<std::string, keyspace, std::less<>>;

} // namespace cocql::metadata
