#pragma once

#include <cocql/data_type.hpp>

#include <string>

namespace cocql {

/// A column of a table, as the schema has it.
struct column_info {
    enum class part { partition_key, clustering, static_, regular };

    std::string name;
    /// A type that is not known here, or is badly spelled, is a custom one of that spelling.
    data_type type = data_type::kind::blob;
    part of = part::regular;
    bool descending = false; ///< of a clustering column

    friend bool operator==(const column_info&, const column_info&) = default;
};

} // namespace cocql
