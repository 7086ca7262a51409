#pragma once

#include <map>
#include <string>

namespace cocql {

/// A secondary index of a table, as the schema has it.
struct index_info {
    std::string kind;                           ///< COMPOSITES, KEYS, CUSTOM
    std::map<std::string, std::string> options; ///< `target`: what it is of; `class_name`

    friend bool operator==(const index_info&, const index_info&) = default;
};

} // namespace cocql
