#pragma once

#include "core/routing/partitioner.hpp"
#include "core/routing/replication.hpp"

#include <cocql/keyspace_info.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace cocql::metadata {

/// A keyspace, with what of it decides where its data lives.
struct keyspace : keyspace_info {
    routing::replication replication;
    /// Of those tables that do not have the cluster's; nothing for one that is unknown here, whose
    /// partitions have no token then.
    std::map<std::string, std::optional<routing::partitioner>, std::less<>> partitioners;

    friend bool operator==(const keyspace&, const keyspace&) = default;
};

using keyspaces = std::map<std::string, keyspace, std::less<>>;

} // namespace cocql::metadata
