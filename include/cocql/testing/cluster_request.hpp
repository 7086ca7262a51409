#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cocql::testing {

/// A request that came to a node of a scripted cluster and was none for the server's own tables.
class cluster_request {
  public:
    cluster_request() = default;

    int node = 0;
    std::uint32_t shard = 0; ///< that its connection leads to
    std::string cql;
    std::string key; ///< the first value; empty where there is none
    /// It has a key, and then no replica of that was on this node and shard.
    bool astray = false;
    /// What it said of the tablet's version, where that is spoken; see node_request.
    std::optional<std::uint8_t> version_block;
    std::string keyspace; ///< that its connection is in; empty for none
};

} // namespace cocql::testing
