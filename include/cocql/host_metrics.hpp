#pragma once

#include <cocql/endpoint.hpp>
#include <cocql/host_counts.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <string>

namespace cocql {

/// How a session is doing with one node.
struct host_metrics {
    uuid id;
    endpoint where;
    std::string datacenter;
    std::string rack;
    // At this moment:
    std::size_t connections = 0; ///< that take requests
    std::size_t in_flight = 0;   ///< requests that have a stream id, the driver's own too
    std::size_t orphans = 0;     ///< given up, and their answers still owed
    // Ever since the session uses the node:
    host_counts counts;
};

} // namespace cocql
