#pragma once

#include <cocql/data_type.hpp>

#include <string>

namespace cocql {

/// One column of a result, or one parameter of a prepared statement.
struct column {
    std::string keyspace;
    std::string table;
    std::string name;
    data_type type = data_type::kind::blob;

    friend bool operator==(const column&, const column&) = default;
};

} // namespace cocql
