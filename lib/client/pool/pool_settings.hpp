#pragma once

#include "client/address/way_to_node.hpp"
#include "core/policy/backoff.hpp"
#include "core/policy/pool_fill.hpp"
#include "io/stream/tls_tickets.hpp"

#include <cocql/connection_options.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cocql::client {

/// What the connections of a pool are like, and how many there are.
class pool_settings {
  public:
    pool_settings() = default;

    /// Of each. Its watcher and its local port are the pool's own.
    connection_options options;
    /// What the session has prepared of TLS for this node; null where the options say nothing of
    /// it, or for each connection anew.
    std::shared_ptr<io::tls_tickets> tls;
    way_to_node way;
    policy::pool_fill::limits limits;
    policy::backoff rests;
    /// Whether connections go to the port that lets the client choose the shard, where there is
    /// one. Not through whatever changes the client's port.
    bool chooses_shards = true;
    /// Whether answers are to tell where tablets are.
    bool wants_tablets = true;
    /// How a node may offer tablets-routing-v2, the best first.
    std::vector<std::string> tablet_version_keys;
};

} // namespace cocql::client
