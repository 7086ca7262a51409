#pragma once

#include <cocql/endpoint.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <cstdint>
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
};

} // namespace cocql
