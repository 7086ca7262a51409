#pragma once

#include "client/address/way_to_node.hpp"
#include "core/policy/backoff.hpp"
#include "core/policy/pool_fill.hpp"
#include "core/policy/share.hpp"
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
    /// Whether the node calls itself by the id that the pool knows it by: one that says another is
    /// another one, and refused.
    bool ids_are_told = true;
    policy::pool_fill::limits limits;
    /// What the limits say of a shard is meant of the node, whatever shards that has: which of them
    /// a connection leads to is the node's to choose.
    bool per_node = false;
    policy::backoff rests;
    /// To which of a node's shards, where it has any; until the pool is told otherwise.
    policy::share share;
    /// Whether connections go to the port that lets the client choose the shard, where there is
    /// one. Not through whatever changes the client's port.
    bool chooses_shards = true;
    /// Whether answers are to tell where tablets are.
    bool wants_tablets = true;
    /// How a node may offer tablets-routing-v2, the best first.
    std::vector<std::string> tablet_version_keys;
};

} // namespace cocql::client
