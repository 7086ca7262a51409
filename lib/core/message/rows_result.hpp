#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/result_metadata.hpp"

#include <cocql/result.hpp>

#include <cstddef>
#include <span>

namespace cocql::message {

/// RESULT of kind Rows (native_protocol_v4.spec, section 4.2.5.2). Borrows the rows, and what
/// result_metadata borrows, from the body.
///
/// decode() has walked over every cell: `rows` holds exactly row_count × column_count [bytes].
struct rows_result {
    result_metadata metadata;
    std::size_t row_count = 0;
    std::span<const std::byte> rows;

    static result<rows_result> decode(base::byte_reader& in);
    result<void> encode(base::byte_writer& out) const;
};

} // namespace cocql::message
