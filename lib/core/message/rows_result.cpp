#include "core/message/rows_result.hpp"

#include "core/message/result_kind.hpp"
#include "core/wire/notation.hpp"

#include <array>
#include <limits>

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
    const auto left = left_behind_rows(cells, result.row_count, columns);
    if (!left) {
        in.fail();
        return result;
    }
    result.cells = in.read_bytes(cells.size() - *left);
    return result;
}

std::optional<std::size_t> left_behind_many_rows(std::span<const std::byte> bytes, std::size_t rows,
                                                 std::size_t columns) noexcept {
    constexpr std::size_t most_columns = 64;
    if (rows == 0 || columns == 0 || columns > most_columns)
        return left_behind_cells(bytes, rows * columns);
    /// The length that the cells of a column have had so far, and how far it is from there to the
    /// next cell. Two numbers for one, or the compiler would step by the length that was read.
    struct usual_cell {
        std::uint64_t length;
        std::ptrdiff_t step;
    };
    // No lengths of 32 bits: no cell of the column was seen yet, and its cells differ.
    constexpr auto unseen = std::numeric_limits<std::uint64_t>::max();
    constexpr auto varying = unseen - 1;
    std::array<usual_cell, most_columns> usual;
    const auto* const last = &usual[columns - 1];
    for (auto* cell = usual.data(); cell <= last; ++cell)
        cell->length = unseen;
    const auto* const end = bytes.data() + bytes.size();
    auto offset = -static_cast<std::ptrdiff_t>(bytes.size());
    if (offset > -4)
        return std::nullopt;
    for (;;) {
        for (auto* cell = usual.data();; ++cell) {
            const auto length = base::load_big_endian<std::uint32_t>(end + offset);
            if (length == cell->length) [[likely]] {
                offset += cell->step;
            } else {
                const auto size = static_cast<std::int32_t>(length);
                cell->step = 4 + std::ptrdiff_t{size > 0 ? size : 0}; // as in left_behind_cells()
                cell->length = cell->length == unseen ? length : varying;
                offset += cell->step;
            }
            if (offset > -4) [[unlikely]] { // no more cells
                if (offset > 0 || rows != 1 || cell != last)
                    return std::nullopt;
                return static_cast<std::size_t>(-offset);
            }
            if (cell == last)
                break;
        }
        if (--rows == 0)
            return static_cast<std::size_t>(-offset);
    }
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
