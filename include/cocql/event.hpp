#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cocql {

/// What REGISTER can ask for.
enum class event_type : std::uint8_t {
    topology_change,
    status_change,
    schema_change,
    graceful_disconnect, ///< Cassandra, where SUPPORTED has GRACEFUL_DISCONNECT
};

/// TOPOLOGY_CHANGE: a node joined, left or moved.
struct topology_change {
    std::string change; ///< NEW_NODE, REMOVED_NODE, MOVED_NODE
    std::string address;
    std::uint16_t port = 0;
};

/// STATUS_CHANGE: a node came up or went down, as the sender sees it.
struct status_change {
    std::string change; ///< UP, DOWN
    std::string address;
    std::uint16_t port = 0;
};

/// SCHEMA_CHANGE, as an event or as a statement's result.
struct schema_change {
    std::string change; ///< CREATED, UPDATED, DROPPED
    std::string target; ///< KEYSPACE, TABLE, TYPE, FUNCTION, AGGREGATE
    std::string keyspace;
    std::string name;                   ///< empty for a keyspace
    std::vector<std::string> arguments; ///< of a function or aggregate
};

/// GRACEFUL_DISCONNECT (CEP-59): the node is about to end the connection that this came by, as when
/// it is shut down. What is in flight is still answered.
struct graceful_disconnect {
    std::vector<std::byte> content{}; ///< what follows the type, as it came; nothing as proposed
};

/// An event of a type this library does not know, for programs that do.
struct unknown_event {
    std::string type;
    std::vector<std::byte> content{}; ///< what follows the type, as it came
};

using event =
    std::variant<topology_change, status_change, schema_change, graceful_disconnect, unknown_event>;

} // namespace cocql
