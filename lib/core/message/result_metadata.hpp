#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/column.hpp>
#include <cocql/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cocql::message {

/// The <metadata> of Rows, and of what a prepared statement will return (native_protocol_v4.spec,
/// section 4.2.5.2). Owns the columns; borrows the paging state and the metadata id from the body.
struct result_metadata {
    static constexpr std::uint32_t flag_global_table = 0x01;
    static constexpr std::uint32_t flag_more_pages = 0x02;
    static constexpr std::uint32_t flag_no_metadata = 0x04;
    static constexpr std::uint32_t flag_metadata_changed = 0x08; ///< v5, or SCYLLA_USE_METADATA_ID

    /// More columns than this are refused: a statement has at most 65,535 markers, no table has as many
    /// columns, and each costs us some thirty times its bytes on the wire.
    static constexpr std::int32_t column_limit = 65535;

    std::uint32_t flags = 0;
    std::int32_t column_count = 0;
    std::optional<std::span<const std::byte>> paging_state;
    std::span<const std::byte> new_metadata_id;
    std::string global_keyspace;
    std::string global_table;
    std::vector<column> columns; ///< empty with flag_no_metadata

    /// A failed read shows in the reader.
    static result_metadata decode(base::byte_reader& in);
    /// The flags decide what is written; the columns are written if flag_no_metadata is not set.
    result<void> encode(base::byte_writer& out) const;
};

/// The <col_spec>s, with the table before them if `global`. Shared with prepared_metadata.
std::vector<column> decode_columns(base::byte_reader& in, bool global, std::size_t count,
                                   std::string& global_keyspace, std::string& global_table);
result<void> encode_columns(base::byte_writer& out, bool global, std::span<const column> columns,
                            const std::string& global_keyspace, const std::string& global_table);

} // namespace cocql::message
