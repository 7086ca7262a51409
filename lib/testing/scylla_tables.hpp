#pragma once

#include <cocql/testing/system_table.hpp>

/// System tables with all the columns that ScyllaDB 2026 has, for whoever reads them: foreign
/// drivers ask for some by name, and for others whose types they take for granted.
namespace cocql::testing {

system_table scylla_local_table();
system_table scylla_peers_table();
system_table scylla_schema_tables_table();
system_table scylla_schema_views_table();
system_table scylla_schema_columns_table();
system_table scylla_schema_scylla_tables_table();
system_table scylla_tablets_table();

/// What ScyllaDB says of a table for which nothing was chosen, but its names and its id.
std::map<std::string, value> scylla_table_defaults();

} // namespace cocql::testing
