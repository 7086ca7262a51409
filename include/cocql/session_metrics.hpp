#pragma once

#include <cocql/host_counts.hpp>
#include <cocql/host_metrics.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cocql {

/// How a session is doing: the numbers of one moment, to be passed on to whatever gathers such.
/// What is counted only grows.
struct session_metrics {
    // At this moment, of all nodes together:
    std::size_t connections = 0;
    std::size_t in_flight = 0;
    std::size_t orphans = 0;

    /// Of all nodes together, also those that have left since.
    host_counts counts;
    /// Those that are used, in the order of their ids.
    std::vector<host_metrics> hosts;

    /// Attempts after which another node was looked for: they could not be sent, or the statement
    /// may be carried out twice and the connection ended before its answer
    /// (statement_options::idempotent()).
    std::uint64_t retries = 0;
    /// Requests that failed because there was no node (any more) that they could be sent to.
    std::uint64_t no_host = 0;
    /// Requests about a partition of a table with tablets (ScyllaDB): it was known which tablet has
    /// it, or not yet.
    std::uint64_t tablet_hits = 0;
    std::uint64_t tablet_misses = 0;
    /// Answers that told where a tablet is: the request had gone somewhere else, or by another
    /// version of the tablet.
    std::uint64_t tablets_learned = 0;
    /// Tablets that were known before, as they were read (options::warm_up()).
    std::uint64_t tablets_read = 0;
    /// How often another control connection took the place of one that was lost.
    std::uint64_t control_reconnects = 0;
    /// Changes of topology, status and schema that servers have told of.
    std::uint64_t events = 0;

    /// Requests that have ended, however many attempts they took.
    std::uint64_t requests() const noexcept { return counts.attempts() - retries + no_host; }
};

} // namespace cocql
