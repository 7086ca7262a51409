#pragma once

#include <cocql/endpoint.hpp>
#include <cocql/error.hpp>
#include <cocql/host_status.hpp>
#include <cocql/inet_address.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace cocql {

/// A node of a cluster as a session sees it at one moment.
struct host_info {
    uuid id; ///< it keeps this for life, while addresses change
    endpoint where;
    std::string datacenter;
    std::string rack;
    std::string release_version;
    /// The session's own to it; none where it cannot be reached, or is not to be used.
    std::size_t connections = 0;
    /// ScyllaDB's, as far as there has been a connection; otherwise 0.
    std::uint32_t shards = 0;
    bool is_used = true; ///< not where the options keep requests away from it
    host_status status = host_status::unknown;
    /// Why it could not be connected to when that was tried last, or why the last connection that
    /// was lost was, whichever was later: where there is none this is the reason. Stays when there
    /// is one again. Nothing where neither has happened yet, and where it is not used.
    std::optional<error> last_failure;
    /// By which the other nodes know it; nothing where that is not said.
    std::optional<inet_address> broadcast_address;
    /// When the system tables were read last. While nodes agree on a change they differ for a
    /// moment; session::await_schema_agreement() asks them anew.
    std::optional<uuid> schema_version;
    /// How many places of the ring it has. None: it has no data on it, or is moving.
    std::size_t tokens = 0;
};

} // namespace cocql
