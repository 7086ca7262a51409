#include "core/metadata/table_route.hpp"

namespace cocql::metadata {

table_route route_to(const placement& known, std::string_view keyspace, std::string_view table) {
    table_route found;
    const auto* const of = known.find(keyspace);
    if (of == nullptr)
        return found;
    found.keys = known.partitioner_of(keyspace, table);
    found.ring = known.replicas_of(keyspace);
    found.has_tablets = of->has_tablets;
    found.has_leaders = of->has_leaders;
    return found;
}

} // namespace cocql::metadata
