#pragma once

#include "core/metadata/cql_type.hpp"
#include "core/metadata/table.hpp"
#include "core/metadata/table_pages.hpp"

namespace cocql::metadata {

// Rows of one system table each, to be read in this order. A row without its names is passed over,
// and so is what belongs to a table that is not known: it was made or dropped between two readings,
// of which there will be news.

/// system_schema.tables
void add_tables(const table_pages& rows, all_tables& known);
/// system_schema.views
void add_views(const table_pages& rows, all_tables& known);
/// system_schema.columns, of tables and views. By the keyspace's user-defined types.
void add_columns(const table_pages& rows, const keyspace_types& types, all_tables& known);
/// system_schema.indexes
void add_indexes(const table_pages& rows, all_tables& known);

} // namespace cocql::metadata
