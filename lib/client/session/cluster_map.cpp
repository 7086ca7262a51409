#include "client/session/cluster_map.hpp"

#include <algorithm>

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
                metadata::route_to(*placement_, first.keyspace, first.table);
            if (made.how.has_tablets)
                made.how.tablets = &tablets_.of(first.keyspace, first.table);
        }
        found = routes_.emplace(where, std::move(made)).first;
    }
    last_ = where;
    last_route_ = &found->second.how;
    return *last_route_;
}

cluster_map::route cluster_map::route_of(const std::string& keyspace, const std::string& table) {
    route how;
    if (metadata::find_table(*known_.schema, keyspace, table) == nullptr)
        return how;
    static_cast<metadata::table_route&>(how) = metadata::route_to(*placement_, keyspace, table);
    if (how.has_tablets)
        how.tablets = &tablets_.of(keyspace, table);
    return how;
}

const routing::neighbourhood& cluster_map::find_near(const shared_profile& whose) {
    const auto found = std::ranges::find(near_by_, whose, &near_entry::whose);
    if (found != near_by_.end())
        return *found->near;
    forget_former_profiles();
    near_by_.push_back({whose, std::make_unique<const routing::neighbourhood>(
                                   neighbourhood_of(*whose->places(), whose->policy().get()))});
    return *near_by_.back().near;
}

void cluster_map::forget_former_profiles() {
    std::erase_if(near_by_, [](const auto& each) { return each.whose.use_count() == 1; });
}

std::vector<bool> cluster_map::kept_of(const routing::topology& hosts,
                                       const routing::preference& wanted) {
    std::vector<bool> kept;
    kept.reserve(hosts.hosts().size());
    for (const auto& each : hosts.hosts())
        kept.push_back(!wanted.filter || wanted.filter(each));
    return kept;
}

routing::neighbourhood cluster_map::neighbourhood_of(const routing::preference& wanted,
                                                     load_balancing_policy* policy) const {
    const auto index_of = [this](const routing::topology::host& each) {
        return static_cast<std::size_t>(&each - hosts().hosts().data());
    };
    auto near = wanted;
    near.filter = [&](const routing::topology::host& each) { return kept_[index_of(each)]; };
    if (policy != nullptr)
        near.judge = [&](const routing::topology::host& each, routing::distance usual) {
            return ask_(*policy, known_.hosts->hosts()[index_of(each)], usual);
        };
    return routing::neighbourhood(hosts(), near);
}

} // namespace cocql::client
