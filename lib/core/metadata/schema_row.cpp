#include "core/metadata/schema_row.hpp"

#include <utility>

namespace cocql::metadata {

data_type schema_type_of(const std::string& spelled, std::string_view keyspace,
                         const keyspace_types& types) {
    static const user_types none;
    const auto found = types.find(keyspace);
    auto type = parse_cql_type(spelled, found != types.end() ? found->second : none);
    return type ? std::move(*type) : data_type::custom(spelled);
}

data_type schema_type(const table_row& row, std::string_view column, const keyspace_types& types) {
    return schema_type_of(row.get<std::string>(column).value_or(""),
                          row.get<std::string_view>("keyspace_name").value_or(""), types);
}

} // namespace cocql::metadata
