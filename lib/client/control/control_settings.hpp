#pragma once

#include "client/address/way_to_node.hpp"
#include "core/policy/backoff.hpp"
#include "core/policy/refresh_schedule.hpp"
#include "io/connect/resolver_settings.hpp"

#include <cocql/connection_options.hpp>
#include <cocql/endpoint.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace cocql::client {

/// How a control connection finds its cluster and keeps to it.
class control_settings {
  public:
    control_settings() = default;

    /// Names stay names: they are looked up again each time, and each of their addresses is tried
    /// for itself.
    std::vector<endpoint> contact_points;
    io::resolver_settings names;
    /// The node there is all that is known of the cluster; others are neither asked for nor tried.
    bool single_node = false;
    /// Of the connection. Events and watcher are its own.
    connection_options options;
    /// To the nodes that are known. Contact points are used as they are.
    way_to_node way;
    /// How long each page of a system table may take.
    std::chrono::milliseconds patience = std::chrono::seconds(30);
    policy::backoff reconnection;
    policy::refresh_schedule refreshes;
    /// Otherwise the schema is an empty one, whatever happens to that of the servers.
    bool reads_schema = true;
    /// Whether it is read, once, where tablets are, after the first picture.
    bool reads_tablets = false;
    /// Another cluster than this one is refused; empty: it is the one that is met first.
    std::string cluster_name;
};

} // namespace cocql::client
