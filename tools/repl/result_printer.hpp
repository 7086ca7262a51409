#pragma once

#include "column_roles.hpp"
#include "output.hpp"
#include "value_style.hpp"

#include <cocql/page.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocqlsh {

/// Text and the colour it gets, or text that is painted already.
class cell {
  public:
    cell(std::string text, colour paint) : text(std::move(text)), paint(paint) {}
    explicit cell(painted ready) : ready(std::move(ready)) {}

    std::string text;
    colour paint = colour::none;
    std::optional<painted> ready;
};

/// Prints pages in cqlsh's layout: a table, or one block per row when expanded. It keeps the number
/// of rows and the cells that could not be decoded over all pages of one result. After an
/// interruption it stops at the next row.
class result_printer {
  public:
    /// The columns' roles, if given, are borrowed; they colour the names.
    result_printer(output& out, bool expanded, bool terminal, const column_roles* roles = nullptr,
                   value_style style = value_style())
        : out_(out),
          roles_(roles),
          style_(std::move(style)),
          expanded_(expanded),
          terminal_(terminal) {}

    void print(const cocql::page& page);
    /// The blank line, `(N rows)` and the cells that could not be decoded.
    void finish();
    /// Only the cells that could not be decoded: the answer to a conditional statement is not
    /// counted.
    void finish_uncounted();
    /// A table of ready texts (blocks when expanded), for what is not a page.
    void print(const std::vector<std::string>& names, const std::vector<std::vector<cell>>& rows);

  private:
    cell name_of(const cocql::column& column) const;
    cell value_of(const cocql::value_view& view, const cocql::value& decoded) const;
    std::vector<painted> painted_row(std::vector<cell> row) const;
    std::vector<std::vector<cell>> cells_of(const cocql::page& page);
    void print_table(std::vector<cell> names, std::vector<std::vector<cell>> rows);
    void print_expanded(std::vector<cell> names, std::vector<std::vector<cell>> rows);

    output& out_;
    const column_roles* roles_;
    value_style style_;
    bool expanded_;
    bool terminal_;
    bool first_ = true;
    std::size_t rows_ = 0;
    std::vector<std::string> undecodable_;
};

} // namespace cocqlsh
