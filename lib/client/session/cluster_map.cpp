#include "client/session/cluster_map.hpp"

namespace cocql::client {

const cluster_map::route& cluster_map::find_route(const prepared_statement& statement) {
    const auto* const where = statement.content().get();
    auto found = routes_.find(where);
    if (found == routes_.end()) {
        if (routes_.size() >= most_statements)
            routes_.clear();
        entry made{statement.content(), {}};
        if (!statement.parameters().empty()) {
            const auto& first = statement.parameters().front();
            static_cast<metadata::table_route&>(made.how) =
                metadata::route_to(placement_, first.keyspace, first.table);
            if (made.how.has_tablets)
                made.how.tablets = &tablets_.of(first.keyspace, first.table);
        }
        found = routes_.emplace(where, std::move(made)).first;
    }
    last_ = where;
    last_route_ = &found->second.how;
    return *last_route_;
}

} // namespace cocql::client
