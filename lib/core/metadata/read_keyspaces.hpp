#pragma once

#include "core/metadata/keyspace.hpp"
#include "core/metadata/table_pages.hpp"

namespace cocql::metadata {

/// The rows of system_schema.keyspaces. Those without a name are passed over.
void add_keyspaces(const table_pages& rows, keyspaces& known);
/// What ScyllaDB says beside that, in system_schema.scylla_keyspaces; of keyspaces that are known.
void add_scylla_keyspaces(const table_pages& rows, keyspaces& known);
/// And of tables, in system_schema.scylla_tables: a partitioner where one is said.
void add_scylla_tables(const table_pages& rows, keyspaces& known);

} // namespace cocql::metadata
