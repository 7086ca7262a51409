#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/column.hpp>
#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace cocql::message {

/// The <metadata> of a prepared statement's markers (native_protocol_v4.spec, section 4.2.5.4). Owns
/// everything. The flags are kept whole: ScyllaDB marks lightweight transactions with one of them.
struct prepared_metadata {
    std::uint32_t flags = 0;
    std::vector<std::uint16_t> partition_key_indices; ///< v4
    std::string global_keyspace;
    std::string global_table;
    std::vector<column> parameters;

    /// A failed read shows in the reader.
    static prepared_metadata decode(base::byte_reader& in, protocol_version version);
    result<void> encode(base::byte_writer& out, protocol_version version) const;
};

} // namespace cocql::message
