#pragma once

#include <cocql/failure_counts.hpp>
#include <cocql/latency_histogram.hpp>

#include <cstdint>

namespace cocql {

/// What was counted since a node was first used, or of several nodes together. An attempt is one
/// request on one connection: a request that could not be sent to one node and was then sent to
/// another one is an attempt at each.
struct host_counts {
    /// From the moment that an attempt was begun until its answer was received (ERROR is one, too);
    /// with what it waited for a stream id or for room.
    latency_histogram latency;
    /// All attempts that failed, answered or not.
    failure_counts failures;
    /// Attempts that ended without an answer.
    std::uint64_t unanswered = 0;
    /// PREPARE, also of statements that a node did not know or had forgotten, which is no attempt.
    std::uint64_t prepares = 0;
    /// Attempts on a connection to another shard of the node than the one that has the partition,
    /// where it is known which one has it: ScyllaDB, before there are connections to all shards,
    /// when some are lost, and where the shard is a sibling's (options::siblings_share_shards()).
    std::uint64_t wrong_shard = 0;
    std::uint64_t connections_opened = 0; ///< logged in and ready for requests
    /// Of these, those whose TLS handshake went on with an earlier session, which costs a fraction
    /// of a full one.
    std::uint64_t handshakes_resumed = 0;
    std::uint64_t handshakes_full = 0;    ///< and those whose did not
    std::uint64_t connections_failed = 0; ///< could not be opened
    /// Of these, those that led to another node, which said so (ScyllaDB's SCYLLA_HOST_ID).
    std::uint64_t wrong_host = 0;

    /// Attempts that have ended.
    std::uint64_t attempts() const noexcept { return latency.count() + unanswered; }

    host_counts& operator+=(const host_counts& other) noexcept {
        latency += other.latency;
        failures += other.failures;
        unanswered += other.unanswered;
        prepares += other.prepares;
        wrong_shard += other.wrong_shard;
        connections_opened += other.connections_opened;
        handshakes_resumed += other.handshakes_resumed;
        handshakes_full += other.handshakes_full;
        connections_failed += other.connections_failed;
        wrong_host += other.wrong_host;
        return *this;
    }
};

} // namespace cocql
