#pragma once

#include <cocql/consistency.hpp>
#include <cocql/inet_address.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cocql {

/// The codes of ERROR messages (native_protocol_v5.spec, section 8).
enum class server_error_code : std::int32_t {
    server_error = 0x0000,
    protocol_error = 0x000A,
    authentication_error = 0x0100,
    unavailable = 0x1000,
    overloaded = 0x1001,
    is_bootstrapping = 0x1002,
    truncate_error = 0x1003,
    write_timeout = 0x1100,
    read_timeout = 0x1200,
    read_failure = 0x1300,
    function_failure = 0x1400,
    write_failure = 0x1500,
    cdc_write_failure = 0x1600,
    cas_write_unknown = 0x1700,
    syntax_error = 0x2000,
    unauthorized = 0x2100,
    invalid = 0x2200,
    config_error = 0x2300,
    already_exists = 0x2400,
    unprepared = 0x2500,
};

/// The code's name as the specification spells it (`Unavailable`, `Syntax_error`, …); empty for a
/// code that the specification does not have.
std::string_view to_string(server_error_code code) noexcept;

struct unavailable_details {
    consistency level{};
    std::int32_t required = 0;
    std::int32_t alive = 0;
};

struct write_timeout_details {
    consistency level{};
    std::int32_t received = 0;
    std::int32_t block_for = 0;
    std::string write_type;
    /// How often a conditional update met another; newer servers say it of write type CAS.
    std::optional<std::uint16_t> contentions;
};

struct read_timeout_details {
    consistency level{};
    std::int32_t received = 0;
    std::int32_t block_for = 0;
    bool data_present = false;
};

/// Why one replica failed: 0 unknown, 1 too many tombstones read, 2 time-out, 3 incompatible
/// schema, … Codes from 0xF000 on are ScyllaDB's own.
struct failure_reason {
    inet_address replica;
    std::uint16_t code = 0;
    /// As servers call it: `TIMEOUT`; of ScyllaDB's own codes what the server announced for it:
    /// `CRITICAL_DISK_UTILIZATION`. Empty where nobody has said.
    std::string name{};
};

struct read_failure_details {
    consistency level{};
    std::int32_t received = 0;
    std::int32_t block_for = 0;
    std::int32_t failures = 0;
    /// One for each failure: v5, and ScyllaDB where it has SCYLLA_FAILURE_REASON_MAP.
    std::vector<failure_reason> reasons;
    bool data_present = false;
};

struct write_failure_details {
    consistency level{};
    std::int32_t received = 0;
    std::int32_t block_for = 0;
    std::int32_t failures = 0;
    /// One for each failure: v5, and ScyllaDB where it has SCYLLA_FAILURE_REASON_MAP.
    std::vector<failure_reason> reasons;
    std::string write_type;
};

/// A conditional update that may or may not be completed later, by another or by a serial read.
struct cas_write_unknown_details {
    consistency level{};
    std::int32_t received = 0;
    std::int32_t block_for = 0;
};

struct function_failure_details {
    std::string keyspace;
    std::string function;
    std::vector<std::string> argument_types;
};

struct already_exists_details {
    std::string keyspace;
    std::string table; ///< empty when it is the keyspace that exists
};

struct unprepared_details {
    std::vector<std::byte> statement_id;
};

/// ScyllaDB's rate-limit error, whose code is negotiated at start-up.
struct rate_limit_details {
    enum class operation : std::uint8_t { read = 0, write = 1 };
    operation op{};
    bool rejected_by_coordinator = false;
};

/// What a server said in an ERROR message, all of its fields. Owns everything.
struct server_error {
    /// A code that the specification does not know is kept as it came.
    server_error_code code{};
    std::string message;
    std::variant<std::monostate, unavailable_details, write_timeout_details, read_timeout_details,
                 read_failure_details, write_failure_details, function_failure_details,
                 already_exists_details, unprepared_details, rate_limit_details,
                 cas_write_unknown_details>
        details;
    /// Of an unknown code what follows the message, as it came.
    std::vector<std::byte> rest{};
};

} // namespace cocql
