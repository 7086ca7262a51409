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

/// Walks over so many [bytes]; returns where they end, or null when the bytes end before. Reading a
/// page begins with this walk over all of it, so it is written without a reader in between.
inline const std::byte* end_of_cells(std::span<const std::byte> bytes, std::size_t count) noexcept {
    const auto* at = bytes.data();
    auto left = bytes.size();
    for (; count != 0; --count) {
        if (left < 4)
            return nullptr;
        const auto length = static_cast<std::int32_t>(base::load_big_endian<std::uint32_t>(at));
        at += 4;
        left -= 4;
        if (length <= 0) // any negative length is null (native_protocol_v4.spec, section 3)
            continue;
        if (static_cast<std::size_t>(length) > left)
            return nullptr;
        at += length;
        left -= static_cast<std::size_t>(length);
    }
    return at;
}
/// Whether the bytes are so many [bytes].
inline bool are_cells(std::span<const std::byte> bytes, std::size_t count) noexcept {
    const auto* const end = end_of_cells(bytes, count);
    return end != nullptr && end == bytes.data() + bytes.size();
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
