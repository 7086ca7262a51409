#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/known_columns.hpp"
#include "core/message/type_budget.hpp"

#include <cocql/column.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cocql::message {

/// <metadata> of RESULT/Rows and of the second half of RESULT/Prepared (native_protocol_v4.spec,
/// 4.2.5.2). Owns everything.
class rows_metadata {
  public:
    static constexpr std::uint32_t flag_global_tables_spec = 0x0001;
    static constexpr std::uint32_t flag_has_more_pages = 0x0002;
    static constexpr std::uint32_t flag_no_metadata = 0x0004;
    static constexpr std::uint32_t flag_metadata_changed = 0x0008;

    std::vector<column> columns;
    /// How many columns a row has; differs from columns.size() only when the columns were left out.
    std::size_t column_count = 0;
    bool no_metadata = false;
    std::optional<std::vector<std::byte>> paging_state;
    std::optional<std::vector<std::byte>> new_metadata_id;
    /// Decoded: the bytes that describe the columns (see known_columns), borrowed.
    std::span<const std::byte> description;
    bool global = false;
    /// The columns are the known ones, described by the same bytes; `columns` is then empty.
    bool as_known = false;

    static rows_metadata decode(base::byte_reader& in, const known_columns* known = nullptr);
    /// Of a message that describes other types too.
    static rows_metadata decode(base::byte_reader& in, const known_columns* known,
                                type_budget& budget);
    void encode(base::byte_writer& out) const;
};

/// The column descriptions after a metadata's flags, shared by rows and parameters. `global` says
/// whether keyspace and table stand once before all.
std::vector<column> read_columns(base::byte_reader& in, std::size_t count, bool global,
                                 type_budget& budget);
void write_columns(base::byte_writer& out, const std::vector<column>& columns, bool global);
/// Whether all columns are of one table.
bool share_one_table(const std::vector<column>& columns) noexcept;

} // namespace cocql::message
