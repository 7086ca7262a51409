#pragma once

#include "core/metadata/cql_type.hpp"
#include "core/metadata/table_pages.hpp"

#include <string>
#include <vector>

namespace cocql::metadata {

/// The user-defined types of all keyspaces.
struct all_user_types {
    keyspace_types keyspaces;
    /// Types that are of no use, as `keyspace.type`: badly spelled, made of some that there are
    /// not, or of one another more than 64 deep.
    std::vector<std::string> skipped;
};

/// The rows of system_schema.types, in whatever order: types are made of others.
all_user_types read_user_types(const table_pages& rows);

} // namespace cocql::metadata
