#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cocql {

/// How many replicas must answer. Values are those of the protocol (native_protocol_v4.spec,
/// section 3).
enum class consistency : std::uint16_t {
    any = 0x0000,
    one = 0x0001,
    two = 0x0002,
    three = 0x0003,
    quorum = 0x0004,
    all = 0x0005,
    local_quorum = 0x0006,
    each_quorum = 0x0007,
    serial = 0x0008,
    local_serial = 0x0009,
    local_one = 0x000A,
};

/// `LOCAL_QUORUM` and so on; `UNKNOWN` for a number outside the protocol.
std::string_view to_string(consistency value) noexcept;

/// Reads a consistency level's name in any case; nothing if there is no such level.
std::optional<consistency> parse_consistency(std::string_view name) noexcept;

/// Whether the level belongs to the Paxos phase of a lightweight transaction (SERIAL,
/// LOCAL_SERIAL).
bool is_serial(consistency value) noexcept;

} // namespace cocql
