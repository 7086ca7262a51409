#pragma once

#include <cocql/testing/node_options.hpp>

#include <cstdint>
#include <optional>

namespace cocql::testing {

/// How a scripted cluster is made.
class cluster_settings {
  public:
    cluster_settings() = default;

    int size = 1; ///< so many nodes, 255 at most
    /// Of each node. 0: Cassandra, which has none; otherwise ScyllaDB.
    std::uint32_t shards = 0;
    std::optional<node_tls> tls; ///< set: TLS, at all ports
    std::uint16_t port = 0;      ///< 0: any that is free at all the addresses
    /// Of ScyllaDB, where the client chooses the shard by its own port. 0: any.
    std::uint16_t shard_aware_port = 0;
    int racks = 1; ///< to which the nodes belong in turn: `r1`, `r2` and so on
    /// Without sockets, and by a time that passes when nobody has anything to do: see
    /// scripted_cluster. Not with TLS.
    bool in_memory = false;
    /// In memory, what all chance on the io_context begins with: what is left to it comes out the
    /// same each time, but for uuids that are made. That of the first cluster there.
    std::uint64_t seed = 1;
};

} // namespace cocql::testing
