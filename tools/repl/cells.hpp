#pragma once

#include <cocql/page.hpp>

#include <string>
#include <string_view>

namespace cocqlsh {

bool has_column(const cocql::page& page, std::string_view name);

/// The text of a text column as it came, and any other value as it is shown.
std::string text_of(const cocql::value_view& view);
/// The same of a column that may be missing: then nothing.
std::string text_of(const cocql::page& page, const cocql::row_view& row, std::string_view name);

} // namespace cocqlsh
