#pragma once

#include <string>
#include <vector>

namespace cocql {

/// What became of one thing of the schema between two readings. Servers' own news of it are
/// schema_change, which know no views.
struct schema_difference {
    enum class thing { keyspace, type, table, view, function, aggregate };
    enum class kind { created, altered, dropped };

    thing which = thing::keyspace;
    kind what = kind::created;
    std::string keyspace;
    std::string name; ///< empty for a keyspace
    /// What a function or an aggregate takes, as the schema spells it.
    std::vector<std::string> argument_types{};

    friend bool operator==(const schema_difference&, const schema_difference&) = default;
};

} // namespace cocql
