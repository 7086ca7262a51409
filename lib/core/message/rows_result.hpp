#pragma once

#include "core/base/big_endian.hpp"
#include "core/base/buffer.hpp"
#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/rows_metadata.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace cocql::message {

/// RESULT/Rows after its kind (native_protocol_v4.spec, 4.2.5.2). Borrows the cells from the body
/// (or, to be encoded, from a cell_writer).
///
/// Decoding walks over every cell: `cells` holds exactly row_count × column_count [bytes].
class rows_result {
  public:
    rows_metadata metadata;
    std::size_t row_count = 0;
    std::span<const std::byte> cells;

    /// A failed read shows in the reader.
    static rows_result decode(base::byte_reader& in, const known_columns* known = nullptr);
    /// With the kind.
    void encode(base::byte_writer& out) const;
};

/// Walks over so many [bytes]; returns how many bytes are behind them, or nothing when the bytes
/// end before. Reading a page begins with this walk over all of it, so it is written without a
/// reader in between, and with one number that moves: what is left, below zero.
inline std::optional<std::size_t> left_behind_cells(std::span<const std::byte> bytes,
                                                    std::size_t count) noexcept {
    const auto* const end = bytes.data() + bytes.size();
    auto offset = -static_cast<std::ptrdiff_t>(bytes.size());
    for (; count != 0; --count) {
        if (offset > -4)
            return std::nullopt;
        const auto length =
            static_cast<std::int32_t>(base::load_big_endian<std::uint32_t>(end + offset));
        offset += 4;
        if (length <= 0) // any negative length is null (native_protocol_v4.spec, section 3)
            continue;
        offset += length;
        if (offset > 0)
            return std::nullopt;
    }
    return static_cast<std::size_t>(-offset);
}

/// The same for rows of so many columns. Where a cell ends is known only when its length has been
/// read, which makes of the walk over a long page one chain of loads; so of many rows each cell is
/// taken to be as long as the one above it, which the processor compares while it is at the next
/// ones already. A column whose lengths differ is walked over as before.
std::optional<std::size_t> left_behind_many_rows(std::span<const std::byte> bytes, std::size_t rows,
                                                 std::size_t columns) noexcept;
inline std::optional<std::size_t> left_behind_rows(std::span<const std::byte> bytes,
                                                   std::size_t rows, std::size_t columns) noexcept {
    constexpr std::size_t many = 16;
    return rows < many ? left_behind_cells(bytes, rows * columns)
                       : left_behind_many_rows(bytes, rows, columns);
}

/// Puts cells one after another, for rows_result::cells. Owns them.
class cell_writer {
  public:
    /// Nothing: null.
    void add(std::optional<std::span<const std::byte>> cell);
    std::span<const std::byte> cells() const noexcept { return buffer_.view(); }

  private:
    base::buffer buffer_;
};

} // namespace cocql::message
