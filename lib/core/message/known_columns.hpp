#pragma once

#include <cocql/column.hpp>
#include <cocql/prepared_statement.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace cocql::message {

/// The columns that a prepared statement's rows have, and the bytes by which the server described
/// them when it was prepared. Rows that are described by the same bytes share the columns: nothing
/// is decoded and nothing allocated. Rows that are not described have them too.
class known_columns {
  public:
    explicit known_columns(std::shared_ptr<const prepared_statement::parts> statement) noexcept
        : statement_(std::move(statement)) {}

    const prepared_statement::parts& statement() const noexcept { return *statement_; }
    const std::vector<column>& columns() const noexcept { return statement_->result_columns; }
    /// What follows the metadata's flags, count and paging state.
    std::span<const std::byte> description() const noexcept {
        return statement_->result_description;
    }
    /// Keyspace and table stand once before all.
    bool global() const noexcept { return statement_->result_description_is_global; }

    /// What keeps the columns alive.
    const std::shared_ptr<const prepared_statement::parts>& kept() const noexcept {
        return statement_;
    }

    /// What the server has said of the rows from now on: it did not know them by the id that it was
    /// asked with.
    struct news {
        std::vector<std::byte> metadata_id;
        std::shared_ptr<const std::vector<column>> columns;
        std::vector<std::byte> description;
        bool global = false;
    };
    std::optional<news> changed;

  private:
    std::shared_ptr<const prepared_statement::parts> statement_;
};

} // namespace cocql::message
