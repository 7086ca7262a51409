#pragma once

#include "core/metadata/cql_type.hpp"
#include "core/metadata/table_row.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cocql::metadata {

/// A type as a keyspace's schema spells it. What is not known here, or is badly spelled, is a
/// custom type of that spelling: one strange column does not hide its table.
data_type schema_type_of(const std::string& spelled, std::string_view keyspace,
                         const keyspace_types& types);

/// The one in a column of a row of system_schema.
data_type schema_type(const table_row& row, std::string_view column, const keyspace_types& types);

} // namespace cocql::metadata
