#pragma once

#include <map>
#include <string>

namespace cocql {

/// A keyspace, as the schema has it. What is in it is asked for by its name (see cluster_metadata).
struct keyspace_info {
    /// As it was said: `class`, and what belongs to that one.
    std::map<std::string, std::string> replication_options;
    bool durable_writes = true;
    /// Its tables have tablets and no part in the ring (ScyllaDB).
    bool has_tablets = false;
    /// Of each tablet one replica leads (ScyllaDB, `consistency = 'global'`).
    bool has_leaders = false;

    friend bool operator==(const keyspace_info&, const keyspace_info&) = default;
};

} // namespace cocql
