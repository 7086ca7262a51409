#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/rows_metadata.hpp"

#include <cocql/column.hpp>
#include <cocql/protocol_version.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cocql::message {

/// RESULT/Prepared after its kind (native_protocol_v5.spec, 4.2.5.4). Owns everything.
class prepared_result {
  public:
    std::vector<std::byte> id;
    /// Of `result`: in v5, and where ScyllaDB's SCYLLA_USE_METADATA_ID was agreed on.
    std::optional<std::vector<std::byte>> result_metadata_id;
    /// Of the parameters' metadata, kept whole: ScyllaDB marks lightweight transactions with one.
    std::uint32_t flags = 0;
    std::vector<std::uint16_t> partition_key_indices; ///< v4
    std::vector<column> parameters;
    rows_metadata result; ///< what executing it will return

    /// A failed read shows in the reader. `metadata_ids`: SCYLLA_USE_METADATA_ID was agreed on.
    static prepared_result decode(base::byte_reader& in, protocol_version version,
                                  bool metadata_ids = false);
    /// With the kind.
    void encode(base::byte_writer& out, protocol_version version) const;
};

} // namespace cocql::message
