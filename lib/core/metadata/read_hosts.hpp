#pragma once

#include "core/metadata/host.hpp"
#include "core/metadata/table_pages.hpp"

#include <cocql/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cocql::metadata {

/// What a node says of itself and its cluster in system.local.
struct local_node {
    host self;
    std::string cluster_name;
    std::string partitioner; ///< its class
};

/// `connected_to` is where the node was reached: what counts where it says nothing, or that it
/// listens everywhere. Where that means nothing, because addresses are translated, it is none, and
/// the address that other nodes know it by counts. errc::protocol_error where there is no row, or
/// one without id, address or data centre.
result<local_node> read_local(const table_pages& rows,
                              const std::optional<inet_address>& connected_to, std::uint16_t port);

/// What a node knows of the others, in system.peers_v2 or system.peers.
struct peer_nodes {
    std::vector<host> hosts;
    /// Rows that are of no use, and why: without an id, an address or a data centre.
    std::vector<std::string> skipped;
};

/// `port` is that of nodes of which the table says none, as system.peers never does.
peer_nodes read_peers(const table_pages& rows, std::uint16_t port);

} // namespace cocql::metadata
