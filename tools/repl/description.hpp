#pragma once

#include "output.hpp"

#include <cocql/page.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cocqlsh {

/// Names in as few rows as fit 80 columns, filled column by column as Python's cmd.columnize does
/// it.
std::vector<std::string> in_columns(const std::vector<std::string>& names);

/// Prints what the server answered to a DESCRIBE as cqlsh prints it: statements as they are, names
/// in columns (by keyspace unless one is in use), or the few facts of a cluster. `what` is the word
/// after DESCRIBE.
void print_description(output& out, const cocql::page& page, std::string_view what,
                       bool keyspace_in_use);

} // namespace cocqlsh
