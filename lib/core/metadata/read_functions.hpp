#pragma once

#include "core/metadata/cql_type.hpp"
#include "core/metadata/function.hpp"
#include "core/metadata/table_pages.hpp"

#include <functional>
#include <map>
#include <string>

namespace cocql::metadata {

// Rows of one system table each, by the keyspaces' user-defined types. A row without its names is
// passed over.

/// system_schema.functions
void add_functions(const table_pages& rows, const keyspace_types& types, all_functions& known);
/// system_schema.aggregates
void add_aggregates(const table_pages& rows, const keyspace_types& types, all_aggregates& known);

} // namespace cocql::metadata
