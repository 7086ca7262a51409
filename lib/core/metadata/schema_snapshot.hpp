#pragma once

#include "core/metadata/cql_type.hpp"
#include "core/metadata/function.hpp"
#include "core/metadata/keyspace.hpp"
#include "core/metadata/table.hpp"

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

/// What became of one thing of the schema between two snapshots.
struct schema_difference {
    enum class thing { keyspace, type, table, function, aggregate };
    enum class kind { created, altered, dropped };

    thing which = thing::keyspace;
    kind what = kind::created;
    std::string keyspace;
    std::string name; ///< empty for a keyspace
    /// What a function or an aggregate takes, as the schema spells it.
    std::vector<std::string> argument_types{};

    friend bool operator==(const schema_difference&, const schema_difference&) = default;
};

/// Keyspaces first, then types, tables and views, functions, aggregates, each in the order of their
/// names. What a keyspace that was created or dropped has in it is told, too.
std::vector<schema_difference> schema_differences(const schema_snapshot& before,
                                                  const schema_snapshot& after);

} // namespace cocql::metadata
