#pragma once

#include <cocql/table_info.hpp>

#include <functional>
#include <map>
#include <string>

namespace cocql::metadata {

using table_column = column_info;
using table_index = index_info;
using table = table_info;

/// The tables and views of one keyspace, and of all.
using tables = std::map<std::string, table, std::less<>>;
using all_tables = std::map<std::string, tables, std::less<>>;

} // namespace cocql::metadata
