#pragma once

#include "core/routing/token.hpp"

#include <cocql/inet_address.hpp>
#include <cocql/uuid.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cocql::metadata {

/// One node of a cluster, as the nodes' system tables have it. What makes it the same node later is
/// its id: addresses change, and are given to others.
struct host {
    uuid id;
    /// Where clients connect to, as the cluster says.
    inet_address address;
    std::uint16_t port = 0;
    /// By which the other nodes know it.
    std::optional<inet_address> broadcast_address;
    std::string datacenter;
    std::string rack; ///< empty where it is not said
    std::string release_version;
    std::optional<uuid> schema_version;
    /// In order. None for a node that has no data (ScyllaDB's zero-token nodes) or is moving.
    std::vector<routing::token> tokens;

    friend bool operator==(const host&, const host&) = default;
};

} // namespace cocql::metadata
