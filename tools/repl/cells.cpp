#include "cells.hpp"

#include <algorithm>

namespace cocqlsh {

bool has_column(const cocql::page& page, std::string_view name) {
    return std::any_of(page.columns().begin(), page.columns().end(),
                       [&](const auto& column) { return column.name == name; });
}

std::string text_of(const cocql::value_view& view) {
    const auto decoded = view.decode();
    if (!decoded)
        return "<undecodable>";
    const auto* text = decoded->get<std::string>();
    return text != nullptr ? *text : cocql::format(view.type(), *decoded);
}

std::string text_of(const cocql::page& page, const cocql::row_view& row, std::string_view name) {
    return has_column(page, name) ? text_of(row[name]) : std::string();
}

} // namespace cocqlsh
