#pragma once

#include <string_view>

namespace cocql::client {

/// Whether a text is a USE statement, whatever blanks and comments are before it.
bool is_use_statement(std::string_view cql) noexcept;

} // namespace cocql::client
