#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cocql::message {

/// The text by which a connection goes to a keyspace, whose name is as it is: quoted here.
std::string use_statement(std::string_view keyspace);

/// Whether a text is a USE statement, whatever blanks and comments are before it.
bool is_use_statement(std::string_view cql) noexcept;

/// The keyspace that such a text names, as it is: without quotes, and in lower case where it has
/// none. Nothing for another text.
std::optional<std::string> keyspace_used_by(std::string_view cql);

} // namespace cocql::message
