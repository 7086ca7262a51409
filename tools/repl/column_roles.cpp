#include "column_roles.hpp"

#include "cells.hpp"
#include "text.hpp"

namespace cocqlsh {

std::string column_roles::query(std::string_view keyspace, std::string_view table) {
    // Virtual tables describe themselves elsewhere.
    const bool is_virtual = keyspace == "system_views" || keyspace == "system_virtual_schema";
    return std::string("SELECT column_name, kind FROM ") +
           (is_virtual ? "system_virtual_schema" : "system_schema") +
           ".columns WHERE keyspace_name = " + text_literal(keyspace) +
           " AND table_name = " + text_literal(table);
}

bool column_roles::knows(const cocql::column& column) const {
    return tables_.count(key(column)) != 0;
}

void column_roles::learn(const cocql::column& column, const cocql::page* answer) {
    auto& known = tables_[key(column)];
    if (answer == nullptr)
        return;
    for (const auto row : answer->rows()) {
        const auto cells = row.cells();
        if (cells.size() != 2)
            return;
        const auto kind = text_of(cells[1]);
        known[text_of(cells[0])] = kind == "partition_key" ? colour::red
                                   : kind == "clustering"  ? colour::cyan
                                   : kind == "static"      ? colour::white
                                                           : colour::magenta;
    }
}

colour column_roles::colour_of(const cocql::column& column) const {
    const auto table = tables_.find(key(column));
    if (table == tables_.end())
        return colour::magenta;
    const auto found = table->second.find(column.name);
    return found == table->second.end() ? colour::magenta : found->second;
}

} // namespace cocqlsh
