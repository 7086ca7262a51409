#pragma once

#include "cells.hpp"

#include <cocql/codec.hpp>
#include <cocql/page.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace cocqlsh {

/// What a column holds; nothing if it is not there, null, or something else.
template <class T>
std::optional<T> content_of(const cocql::page& page, const cocql::row_view& row,
                            std::string_view name) {
    if (!has_column(page, name))
        return std::nullopt;
    const auto cell = row[name];
    std::optional<T> content(std::in_place);
    if (cell.is_null() || !cocql::codec<T>::reads(cell.type()) ||
        !cocql::codec<T>::decode(cell.type(), cell.bytes(), *content))
        return std::nullopt;
    return content;
}

} // namespace cocqlsh
