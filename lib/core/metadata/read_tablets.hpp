#pragma once

#include "core/routing/tablet.hpp"

#include <cocql/page.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cocql::metadata {

class table_row;

/// Where the tablets of tables are, by the tables' ids: a name may be another table's by now. Those
/// of one table are in the order of their tokens, and none overlaps another.
using tablets_by_table = std::map<uuid, std::vector<routing::tablet>>;

/// What a node says of all tablets of its cluster.
struct tablets_read {
    tablets_by_table tables;
    /// What is left out, and why; empty: nothing.
    std::string left_out;
};

/// Reads the rows of system.tablets of ScyllaDB. They are many, and are read page by page; nothing
/// of a page is kept. A table is read as a whole or left out: its rows are those of its tablets, so
/// that with one missing another one would seem to be longer than it is. They may be, when tablets
/// are split or merged between two pages.
class tablet_reader {
  public:
    /// So many of them, and no more.
    explicit tablet_reader(std::size_t most) noexcept : left_(most) {}

    /// The rows of the next page. False where that would be too many: the rest is left out.
    bool add(const page& rows);
    /// What they tell, all together. Nothing is to be added after it.
    tablets_read finish();

  private:
    struct rows_of_table {
        std::string name;
        std::optional<uuid> base; ///< the table that has the tablets of this one
        std::int32_t count = 0;   ///< of its tablets, as the rows say
        std::vector<routing::tablet> tablets;
        const char* wrong = nullptr; ///< null: nothing so far
    };

    void add_row(const table_row& row);
    void leave_out(const std::string& table, const std::string& why);

    std::map<uuid, rows_of_table> tables_;
    std::size_t left_;
    std::size_t tables_left_out_ = 0;
    std::string first_left_out_;
    bool too_many_ = false;
};

} // namespace cocql::metadata
