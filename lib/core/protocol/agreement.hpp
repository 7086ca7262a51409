#pragma once

#include "core/message/error_extensions.hpp"
#include "core/message/execute_layout.hpp"

#include <cocql/compression.hpp>
#include <cocql/protocol_version.hpp>

#include <cstdint>

namespace cocql::protocol {

/// What STARTUP agreed on with the server, of what SUPPORTED offered.
struct agreement {
    /// From STARTUP on.
    protocol_version version = protocol_version::v4;
    cocql::compression compression = cocql::compression::none;
    message::error_extensions errors;
    /// ScyllaDB: the flag by which PREPARED marks conditional statements
    /// (SCYLLA_LWT_ADD_METADATA_MARK); 0: it has none.
    std::uint32_t conditional_mark = 0;
    /// ScyllaDB: answers to requests that reached another shard than their tablet's tell where it
    /// is (TABLETS_ROUTING_V1).
    bool tablets = false;
    /// Versions of tablets never together with `tablets`.
    message::execute_layout execute;
    /// The server asked for a login, and has accepted it.
    bool logged_in = false;
};

} // namespace cocql::protocol
