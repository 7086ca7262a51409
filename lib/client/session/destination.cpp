#include "client/session/destination.hpp"

namespace cocql::client {

std::optional<routing::token> destination::token_of_several(const bound_statement& by,
                                                            routing::partitioner keys) {
    const message::partition_key_cells cells(by);
    if (cells.get().empty())
        return std::nullopt;
    return routing::token_of(keys, cells.get());
}

destination::destination(std::optional<routing::token> where, const cluster_map::route& route,
                         consistency level, bool is_conditional) {
    if (!route.keys || !where)
        return;
    token_ = where;
    lead(route, level, is_conditional);
}

} // namespace cocql::client
