#pragma once

#include "core/base/buffer.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/decode_response.hpp"
#include "core/message/rows_result.hpp"
#include "core/wire/frame_header.hpp"

#include <cocql/page.hpp>
#include <cocql/testing/system_table.hpp>
#include <cocql/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cocql::testing {

/// A page as a server would answer it, of cells that may be anything; an error where they are not
/// so many rows.
inline result<page> try_page_of(const std::vector<column>& columns, std::size_t rows,
                                std::span<const std::byte> cells) {
    message::rows_result answer;
    answer.metadata.columns = columns;
    answer.metadata.column_count = columns.size();
    answer.row_count = rows;
    answer.cells = cells;
    base::buffer body;
    base::byte_writer out(body);
    answer.encode(out);
    wire::frame_header header;
    header.version = 0x84;
    header.opcode = wire::opcode::result;
    header.length = static_cast<std::uint32_t>(body.size());
    return message::decode_page(header, base::shared_bytes::copy_of(body.view()));
}

/// All rows of a table, for tests of what reads them.
inline page page_of_table(const system_table& table) {
    message::cell_writer cells;
    for (const auto& row : table.rows())
        for (std::size_t i = 0; i < row.size(); ++i)
            if (row[i].is_null()) {
                cells.add(std::nullopt);
            } else {
                std::vector<std::byte> bytes;
                encode(table.columns()[i].type, row[i], bytes).value();
                cells.add(bytes);
            }
    return try_page_of(table.columns(), table.rows().size(), cells.cells()).value();
}

} // namespace cocql::testing
