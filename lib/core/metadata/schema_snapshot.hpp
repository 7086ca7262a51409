#pragma once

#include "core/metadata/cql_type.hpp"
#include "core/metadata/function.hpp"
#include "core/metadata/keyspace.hpp"
#include "core/metadata/table.hpp"

#include <cocql/schema_difference.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cocql::metadata {

/// What a cluster's keyspaces have in them at one moment.
struct schema_snapshot {
    metadata::keyspaces keyspaces;
    keyspace_types types;
    all_tables tables;
    all_functions functions;
    all_aggregates aggregates;
};

/// Null for one that is not there.
const table* find_table(const schema_snapshot& all, std::string_view keyspace,
                        std::string_view name);

using cocql::schema_difference;

/// Keyspaces first, then types, tables and views, functions, aggregates, each in the order of their
/// names. What a keyspace that was created or dropped has in it is told, too.
std::vector<schema_difference> schema_differences(const schema_snapshot& before,
                                                  const schema_snapshot& after);

} // namespace cocql::metadata
