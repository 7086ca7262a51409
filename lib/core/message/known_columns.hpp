#pragma once

#include <cocql/column.hpp>
#include <cocql/prepared_statement.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace cocql::message {

/// The columns that a prepared statement's rows have, and the bytes by which the server described
/// them when it was prepared. Rows that are described by the same bytes share the columns: nothing
/// is decoded and nothing allocated. Rows that are not described have them too.
struct known_columns {
    /// Keeps `columns` alive. Borrowed, as they are.
    const std::shared_ptr<const prepared_statement::parts>& owner;
    const std::vector<column>& columns;
    /// What follows the metadata's flags, count and paging state. Borrowed.
    std::span<const std::byte> description;
    bool global = false; ///< keyspace and table stand once before all

    std::shared_ptr<const std::vector<column>> shared() const noexcept { return {owner, &columns}; }
};

} // namespace cocql::message
