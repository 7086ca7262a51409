#include "client/session/cluster_map.hpp"

namespace cocql::client {

const metadata::table_route& cluster_map::route_of(const prepared_statement& statement) {
    const auto* const where = statement.content().get();
    if (const auto found = routes_.find(where); found != routes_.end()) [[likely]]
        return found->second.route;
    if (routes_.size() >= most_statements)
        routes_.clear();
    entry made{statement.content(), {}};
    if (!statement.parameters().empty()) {
        const auto& first = statement.parameters().front();
        made.route = metadata::route_to(placement_, first.keyspace, first.table);
    }
    return routes_.emplace(where, std::move(made)).first->second.route;
}

} // namespace cocql::client
