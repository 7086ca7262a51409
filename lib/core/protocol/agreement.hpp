#pragma once

#include <cocql/compression.hpp>
#include <cocql/protocol_version.hpp>

#include <cstdint>
#include <optional>

namespace cocql::protocol {

/// What STARTUP agreed on with the server, of what SUPPORTED offered.
struct agreement {
    /// From STARTUP on.
    protocol_version version = protocol_version::v4;
    cocql::compression compression = cocql::compression::none;
    /// ScyllaDB: the code of its rate-limit error (SCYLLA_RATE_LIMIT_ERROR).
    std::optional<std::int32_t> rate_limit_code;
    /// ScyllaDB: the flag by which PREPARED marks conditional statements
    /// (SCYLLA_LWT_ADD_METADATA_MARK); 0: it has none.
    std::uint32_t conditional_mark = 0;
    /// ScyllaDB: answers to requests that reached another shard than their tablet's tell where it
    /// is (TABLETS_ROUTING_V1).
    bool tablets = false;
    /// PREPARED and EXECUTE carry the id of the rows' metadata: always in v5, before it by
    /// ScyllaDB's SCYLLA_USE_METADATA_ID.
    bool metadata_ids = false;
};

} // namespace cocql::protocol
