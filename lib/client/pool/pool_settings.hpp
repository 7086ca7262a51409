#pragma once

#include "client/address/way_to_node.hpp"
#include "core/policy/backoff.hpp"
#include "core/policy/pool_fill.hpp"
#include "io/stream/tls_context.hpp"

#include <cocql/connection_options.hpp>

#include <optional>

namespace cocql::client {

/// What the connections of a pool are like, and how many there are.
class pool_settings {
  public:
    pool_settings() = default;

    /// Of each. Its watcher and its local port are the pool's own.
    connection_options options;
    /// What the options say of TLS, made once; nothing: for each connection anew.
    std::optional<io::tls_context> tls;
    way_to_node way;
    policy::pool_fill::limits limits;
    policy::backoff rests;
    /// Whether connections go to the port that lets the client choose the shard, where there is
    /// one. Not through whatever changes the client's port.
    bool chooses_shards = true;
};

} // namespace cocql::client
