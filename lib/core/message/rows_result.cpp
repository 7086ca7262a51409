#include "core/message/rows_result.hpp"

#include "core/message/result_kind.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

rows_result rows_result::decode(base::byte_reader& in, const known_columns* known) {
    rows_result result;
    result.metadata = rows_metadata::decode(in, known);
    const auto columns = result.metadata.column_count;
    const auto count = in.read_i32();
    if (columns == 0 && count > 0)
        in.fail(); // rows of nothing would make any number of rows free
    // Each cell has at least its length; divided, since the product of two numbers of the peer
    // overflows.
    result.row_count = in.check_count(count, 0);
    if (columns != 0 && result.row_count > in.remaining() / 4 / columns)
        in.fail();
    if (in.failed())
        return result;
    const auto cells = in.rest();
    const auto left = left_behind_cells(cells, result.row_count * columns);
    if (!left) {
        in.fail();
        return result;
    }
    result.cells = in.read_bytes(cells.size() - *left);
    return result;
}

void rows_result::encode(base::byte_writer& out) const {
    out.write_i32(static_cast<std::int32_t>(result_kind::rows));
    metadata.encode(out);
    out.write_u32(static_cast<std::uint32_t>(row_count));
    out.write_bytes(cells);
}

void cell_writer::add(std::optional<std::span<const std::byte>> cell) {
    base::byte_writer out(buffer_);
    wire::write_bytes(out, cell);
}

} // namespace cocql::message
