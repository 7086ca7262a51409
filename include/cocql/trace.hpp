#pragma once

#include <cocql/inet_address.hpp>
#include <cocql/uuid.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cocql {

/// One step of a traced statement.
struct trace_event {
    std::string activity;
    std::string thread;
    inet_address source; ///< the node that took the step
    /// Since the step's node began; nodes' clocks and beginnings differ.
    std::optional<std::chrono::microseconds> source_elapsed;
    uuid id; ///< a timeuuid: when it was
};

/// What the servers wrote down about a traced statement (system_traces).
struct trace {
    uuid id;
    std::string request;
    std::string command;
    inet_address coordinator;
    std::optional<inet_address> client;
    std::chrono::sys_time<std::chrono::milliseconds> started_at;
    /// Nothing until the trace is complete.
    std::optional<std::chrono::microseconds> duration;
    std::map<std::string, std::string> parameters;
    std::vector<trace_event> events; ///< in the order of their ids

    bool is_complete() const noexcept { return duration.has_value(); }

    /// A waterfall for people: a line for each event, with a bar from the event before it on the
    /// same node to itself, `width` characters for the whole duration.
    ///
    ///     Execute CQL3 query on 127.0.0.1 took 1234 µs
    ///       127.0.0.1      12 µs |=                             | Parsing SELECT …
    std::string waterfall(std::size_t width = 40) const;
};

} // namespace cocql
