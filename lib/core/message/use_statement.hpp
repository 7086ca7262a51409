#pragma once

#include <string>
#include <string_view>

namespace cocql::message {

/// The text by which a connection goes to a keyspace, whose name is as it is: quoted here.
std::string use_statement(std::string_view keyspace);

} // namespace cocql::message
