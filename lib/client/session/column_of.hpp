#pragma once

#include <cocql/bound_statement.hpp>
#include <cocql/column.hpp>

namespace cocql::client {

/// One of the table that a prepared statement is about, as far as it says so; null where not.
inline const column* column_of(const bound_statement* by) noexcept {
    if (by == nullptr || !by->statement())
        return nullptr;
    const auto& statement = by->statement();
    if (!statement.parameters().empty())
        return &statement.parameters().front();
    return statement.result_columns().empty() ? nullptr : &statement.result_columns().front();
}

} // namespace cocql::client
