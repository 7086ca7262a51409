#pragma once

#include <cocql/endpoint.hpp>
#include <cocql/uuid.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cocql {

/// Whether the nodes of a cluster have the same schema, and who has which.
///
/// Asked is each node that the session has a connection to, of itself: what nodes know of one
/// another may be seconds old. One that is down is not waited for.
struct schema_agreement {
    struct node {
        uuid host;
        endpoint where;
        bool has_answered = false;
        /// Nothing where it has not answered, or has none.
        std::optional<uuid> version;
    };

    /// All have answered, and of those that have a version all have the same. Those that have none
    /// do not count, but one has to.
    bool is_reached = false;
    /// It was, and session::metadata() shows what the nodes agree on.
    bool is_read = false;
    /// As they have answered last, in the order of their ids.
    std::vector<node> nodes;

    /// Which hosts have each version.
    std::map<uuid, std::vector<uuid>> versions() const;
    /// For people: `agreed on 59adb24e-…`, or who has what.
    std::string to_string() const;
};

} // namespace cocql
