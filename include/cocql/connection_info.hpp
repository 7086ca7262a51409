#pragma once

#include <cocql/authenticated_by.hpp>
#include <cocql/endpoint.hpp>
#include <cocql/peer_info.hpp>
#include <cocql/protocol_version.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cocql {

/// One open connection of a session, as it is at one moment.
struct connection_info {
    uuid host; ///< the node's id, as in host_info
    /// Where it was connected to: the node's shard-aware port, or what an address translator has
    /// said, is elsewhere than host_info::where.
    endpoint where;
    /// That it leads to; nothing where the node has no shards, and for the control connection.
    std::optional<std::uint32_t> shard;
    /// It is the one by which the session knows its cluster, on which no requests go.
    bool is_control = false;
    /// New ones. Not the control connection, nor one that ends when it has got the answers that it
    /// is still owed, or that is kept only until the others to its node are open.
    bool takes_requests = false;
    protocol_version version = protocol_version::v4;
    authenticated_by authenticated = authenticated_by::nothing;
    peer_info peer; ///< its addresses, and what there is of TLS
    /// What the node said it supports when the connection was opened.
    std::map<std::string, std::vector<std::string>> supported;
    std::size_t in_flight = 0; ///< requests that have a stream id, the driver's own too
};

} // namespace cocql
