#pragma once

#include <cocql/column.hpp>
#include <cocql/data_type.hpp>
#include <cocql/value.hpp>

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cocql::testing {

/// A system table of a scripted node, with what columns and rows a test likes.
class system_table {
  public:
    /// Without rows. `name` is the table's without its keyspace, which is `system` here; under
    /// what name a node has it is said to cluster_tables::put().
    system_table(const std::string& name,
                 const std::vector<std::pair<std::string, data_type>>& columns) {
        for (const auto& [column, type] : columns)
            columns_.push_back({"system", name, column, type});
    }

    /// A row; what is not named is null. Throws std::invalid_argument when the table has not such a
    /// column, and cocql::error when a value does not fit its column; the table is as before then.
    system_table& add(const std::map<std::string, value>& row) {
        std::size_t used = 0;
        std::vector<value> values;
        for (const auto& column : columns_) {
            const auto found = row.find(column.name);
            values.push_back(found != row.end() ? found->second : value());
            if (!values.back().is_null()) {
                std::vector<std::byte> bytes;
                encode(column.type, values.back(), bytes).value();
            }
            used += found != row.end() ? 1u : 0u;
        }
        if (used != row.size())
            throw std::invalid_argument("a row with a column that the table has not");
        rows_.push_back(std::move(values));
        return *this;
    }
    /// Another one with the same columns and no rows.
    system_table without_rows() const {
        system_table same;
        same.columns_ = columns_;
        return same;
    }

    /// In the order of the constructor; valid until the table is assigned to or ends.
    const std::vector<column>& columns() const noexcept { return columns_; }
    /// In the order of add(), each with a value for each column; valid until the next add().
    const std::vector<std::vector<value>>& rows() const noexcept { return rows_; }

  private:
    system_table() = default;

    std::vector<column> columns_;
    std::vector<std::vector<value>> rows_;
};

} // namespace cocql::testing
