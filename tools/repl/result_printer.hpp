#pragma once

#include "output.hpp"

#include <cocql/page.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cocqlsh {

/// Text and the colour it gets.
class cell {
  public:
    cell(std::string text, colour paint) : text(std::move(text)), paint(paint) {}
    std::string text;
    colour paint;
};

/// Prints pages in cqlsh's layout: a table, or one block per row when expanded. It keeps the number of rows and the
/// cells that could not be decoded over all pages of one result.
class result_printer {
  public:
    result_printer(output& out, bool expanded, bool terminal)
        : out_(out), expanded_(expanded), terminal_(terminal) {}

    void print(const cocql::page& page);
    /// The blank line, `(N rows)` and the cells that could not be decoded.
    void finish();
    /// A table of ready texts, for what is not a page.
    void print(const std::vector<std::string>& names, const std::vector<std::vector<cell>>& rows);

  private:
    std::vector<std::vector<cell>> cells_of(const cocql::page& page);
    void print_table(const std::vector<cell>& names, const std::vector<std::vector<cell>>& rows);
    void print_expanded(const std::vector<cell>& names, const std::vector<std::vector<cell>>& rows);

    output& out_;
    bool expanded_;
    bool terminal_;
    bool first_ = true;
    std::size_t rows_ = 0;
    std::vector<std::string> undecodable_;
};

} // namespace cocqlsh
