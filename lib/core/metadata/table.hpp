#pragma once

#include <cocql/data_type.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cocql::metadata {

/// A column of a table, as the schema has it.
struct table_column {
    enum class part { partition_key, clustering, static_, regular };

    std::string name;
    /// A type that is not known here, or is badly spelled, is a custom one of that spelling.
    data_type type = data_type::kind::blob;
    part of = part::regular;
    bool descending = false; ///< of a clustering column

    friend bool operator==(const table_column&, const table_column&) = default;
};

/// A secondary index.
struct table_index {
    std::string kind;
    std::map<std::string, std::string> options;

    friend bool operator==(const table_index&, const table_index&) = default;
};

/// A table or a materialised view.
struct table {
    uuid id;
    /// Of a view the table that it is made from; empty for a table.
    std::string base_table;
    /// The columns of the partition key and those of the clustering key in their orders, then the
    /// others by name, static ones first.
    std::vector<table_column> columns;
    std::size_t partition_key_size = 0;
    std::size_t clustering_size = 0;
    std::map<std::string, table_index, std::less<>> indexes;

    bool is_view() const noexcept { return !base_table.empty(); }
    friend bool operator==(const table&, const table&) = default;
};

/// The tables and views of one keyspace, and of all.
using tables = std::map<std::string, table, std::less<>>;
using all_tables = std::map<std::string, tables, std::less<>>;

} // namespace cocql::metadata
