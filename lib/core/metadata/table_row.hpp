#pragma once

#include "core/metadata/table_pages.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace cocql::metadata {

/// One row of a system table, borrowed from its page. Which columns these have, and of which types,
/// differs from server to server and from version to version: they are asked for by name, and what
/// is not there or is something else is like null.
class table_row {
  public:
    table_row(std::span<const column> columns, const row_view& row)
        : columns_(columns), cells_(row.cells()) {}

    template <readable T>
    std::optional<T> get(std::string_view name) const {
        for (std::size_t i = 0; i < cells_.size(); ++i)
            if (columns_[i].name == name)
                return read<T>(cells_[i]);
        return std::nullopt;
    }

  private:
    template <class T>
    static std::optional<T> read(const value_view& cell) {
        if (cell.is_null() || !codec<T>::reads(cell.type()))
            return std::nullopt;
        if (cell.bytes().empty() && !detail::reads_empty<T>)
            return std::nullopt;
        T out{};
        if (!codec<T>::decode(cell.type(), cell.bytes(), out))
            return std::nullopt;
        return out;
    }

    std::span<const column> columns_;
    std::vector<value_view> cells_;
};

/// Calls a function with each row.
template <class Each>
void for_each_row(const table_pages& rows, Each each) {
    for (const auto& one : rows.pages()) {
        if (!one.has_rows())
            continue;
        for (const auto row : one.rows())
            each(table_row(one.columns(), row));
    }
}

} // namespace cocql::metadata
