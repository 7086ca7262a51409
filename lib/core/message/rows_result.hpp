#pragma once

#include "core/base/buffer.hpp"
#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/rows_metadata.hpp"

#include <cstddef>
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

/// Bytes that so many [bytes] take; nothing when they end before.
std::optional<std::size_t> size_of_cells(std::span<const std::byte> bytes,
                                         std::size_t count) noexcept;

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
