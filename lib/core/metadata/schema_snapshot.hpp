#pragma once

#include "core/metadata/cql_type.hpp"
#include "core/metadata/keyspace.hpp"
#include "core/metadata/table.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cocql::metadata {

/// What a cluster's keyspaces have in them at one moment.
struct schema_snapshot {
    metadata::keyspaces keyspaces;
    std::map<std::string, user_types, std::less<>> types;
    all_tables tables;
};

/// What became of one thing of the schema between two snapshots.
struct schema_difference {
    enum class thing { keyspace, type, table };
    enum class kind { created, altered, dropped };

    thing which = thing::keyspace;
    kind what = kind::created;
    std::string keyspace;
    std::string name; ///< of a type, a table or a view

    friend bool operator==(const schema_difference&, const schema_difference&) = default;
};

/// Keyspaces first, then types, then tables, in the order of their names. What a keyspace that was
/// created or dropped has in it is told, too.
std::vector<schema_difference> schema_differences(const schema_snapshot& before,
                                                  const schema_snapshot& after);

} // namespace cocql::metadata
