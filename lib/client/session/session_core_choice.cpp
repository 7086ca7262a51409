#include "client/session/column_of.hpp"
#include "client/session/place_on_node.hpp"
#include "client/session/plan_of.hpp"
#include "client/session/session_core.hpp"
#include "core/message/partition_key_cells.hpp"
#include "core/metadata/key_token.hpp"
#include "core/metadata/schema_snapshot.hpp"
#include "core/routing/query_plan.hpp"
#include "core/routing/slow_last.hpp"

#include <cocql/value.hpp>

#include <algorithm>
#include <span>
#include <utility>

// Where requests go.

namespace cocql::client {

namespace {

/// Whether it matters little to which of the nodes that are alike a request goes. What they agree
/// on among themselves goes to the same one from all clients, however slow that is.
bool may_keep_away(const destination& where, consistency level) noexcept {
    return where.order() == routing::replica_order::shuffled && !is_serial(level);
}

} // namespace

/// A replica that is as near as all are, which needs no plan; null where it is not as simple.
[[gnu::always_inline]] inline const session_core::shared_connection*
session_core::find_at_once(const destination& where, const routing::neighbourhood& near,
                           std::uint32_t any) {
    if (const auto first = routing::query_plan::first_of(near, where.on_ring(), where.order(), any))
        [[likely]]
        if (auto* const pool = pools_by_index_[*first]) [[likely]]
            if (const auto& found = pool->connection_to(where.shard_on(pool->sharding(), any),
                                                        host_pool::shard_is::where_the_data_is))
                [[likely]]
                return &found;
    return nullptr;
}

session_core::chosen session_core::choose(const bound_statement* by, const attempts& before) {
    if (by == nullptr || !by->statement() || map_ == nullptr) [[unlikely]]
        return choose_anywhere(before);
    const auto any = chance();
    const auto& route = map_->route_of(by->statement());
    const destination where(*by, route, statement_options().consistency());
    if (!before.any()) [[likely]]
        if (const auto* const found = find_at_once(where, map_->near(), any)) [[likely]]
            return {*found, nullptr, 0};
    return choose_by_plan(where, route.tablets, {map_->near(), false, any, before});
}

[[gnu::noinline]] session_core::chosen session_core::choose_anywhere(const attempts& before) {
    if (map_ == nullptr)
        return {};
    return choose_of(destination(), {}, {map_->near(), false, chance(), before});
}

session_core::chosen session_core::choose_at(const destination& where, routing::tablet_map* tablets,
                                             const choice& among) {
    if (among.before.may_go_at_once())
        if (const auto* const found = find_at_once(where, among.near, among.any))
            return {*found, nullptr, 0};
    return choose_by_plan(where, tablets, among);
}

/// What has tablets is on no ring, and has not been found at once.
[[gnu::noinline]] session_core::chosen session_core::choose_by_plan(const destination& where,
                                                                    routing::tablet_map* tablets,
                                                                    const choice& among) {
    if (where.tablet() != nullptr)
        return choose_by_tablet(where, among, tablets);
    if (tablets != nullptr && where.is_somewhere() && !among.before.any())
        ++tablet_misses_;
    auto otherwise = choose_of(where, {}, among);
    otherwise.tablets = tablets;
    say_version(otherwise, nullptr);
    return otherwise;
}

session_core::chosen session_core::choose(const bound_statement* by, const statement_options& said,
                                          const attempts& before) {
    if (map_ == nullptr)
        return {};
    const bool stays_near = said.consistency() == consistency::local_serial ||
                            said.serial_consistency() == consistency::local_serial;
    const choice among{map_->near_by(before.profile()), stays_near, chance(), before, by, &said};
    if (const auto* const route = said.route())
        return choose_by_route(*route, by, said, among);
    if (by == nullptr || !by->statement())
        return choose_of(destination(), {}, among);
    const auto& table = map_->route_of(by->statement());
    return choose_at(destination(*by, table, said.consistency()), table.tablets, among);
}

session_core::chosen session_core::choose_by_tablet(const destination& where, const choice& among,
                                                    routing::tablet_map* tablets) {
    tablet_hits_ += among.before.any() ? 0U : 1U;
    routing::partition_replicas replicas;
    replicas.take(map_->hosts(), *where.tablet());
    auto found = choose_of(where, replicas, among);
    found.tablets = tablets;
    say_version(found, where.tablet());
    return found;
}

/// Any of the blocks, so that a version that is like another one in some is found out by the
/// others; also where it is not known (null), for then it is to be told.
void session_core::say_version(chosen& found, const routing::tablet* known) {
    if (found.tablets != nullptr && found.connection != nullptr &&
        found.connection->agreed().execute.version_blocks()) [[unlikely]]
        found.version_block = routing::version_block(known, chance());
}

/// The first of the plan that can be used.
template <class Plan>
[[gnu::always_inline]] inline session_core::chosen
session_core::first_of(Plan& plan, const destination& where,
                       const routing::partition_replicas& replicas, const choice& among) {
    while (const auto next = plan.next()) {
        auto* const pool = pools_by_index_[*next];
        if (pool == nullptr || among.before.has(pool->host()))
            continue;
        if (among.stays_near && among.near.of(*next) == routing::distance::remote)
            continue;
        const auto place = place_on_node::of(where, replicas, *next, *pool, among.any);
        if (const auto& found = pool->connection_to(place.shard, place.why))
            return {found, nullptr, 0};
    }
    return {};
}

/// The plan in its order. The replicas are the tablet's, or none for those of the ring.
session_core::chosen session_core::choose_of(const destination& where,
                                             const routing::partition_replicas& replicas,
                                             const choice& among) {
    if (among.before.has_profile())
        return choose_by_profile(where, replicas, among);
    auto plan = plan_of(where, replicas, among.near, among.any);
    return first_of(plan, where, replicas, among);
}

[[gnu::noinline]] session_core::chosen
session_core::choose_by_profile(const destination& where,
                                const routing::partition_replicas& replicas, const choice& among) {
    if (auto* const policy = among.before.policy())
        return choose_by_policy(*policy, where, replicas, among);
    auto plan = plan_of(where, replicas, among.near, among.any);
    auto* const watch = among.before.watch();
    if (watch == nullptr || !watch->any_slow() || !may_keep_away(where, among.said->consistency()))
        return first_of(plan, where, replicas, among);
    const auto now = watch->now();
    const auto is_slow = [&](routing::host_index which) {
        return watch->nodes().has(map_->hosts().hosts()[which].id, now);
    };
    const auto those = where.tablet() != nullptr ? replicas.hosts() : where.on_ring();
    routing::slow_last quick_first(plan, among.near, those, is_slow);
    auto found = first_of(quick_first, where, replicas, among);
    if (found.connection != nullptr)
        watch->chosen(found.connection->host(), now);
    return found;
}

// --- where the statement says it

session_core::chosen session_core::choose_by_route(const request_route& route,
                                                   const bound_statement* by,
                                                   const statement_options& said,
                                                   const choice& among) {
    if (const auto* const to = route.to())
        return choose_on_host(*to, by, said.consistency(), among);
    const auto found = lead(route, by, said);
    if (!found)
        return {}; // not_by_route() says why
    auto there = choose_at(found->where, found->tablets, among);
    // The answer tells of the statement's own table, wherever it was led.
    if (const auto* const one = column_of(by)) {
        auto* const own = map_->route_of(one->keyspace, one->table).tablets;
        if (own != there.tablets) {
            there.tablets = own;
            say_version(there, nullptr);
        }
    }
    return there;
}

/// Once: there is no other node to be tried.
session_core::chosen session_core::choose_on_host(const request_route::host& to,
                                                  const bound_statement* by, consistency level,
                                                  const choice& among) {
    const auto index = map_->hosts().find(to.id);
    auto* const pool = index ? pools_by_index_[*index] : nullptr;
    if (pool == nullptr || among.before.any())
        return {};
    const auto& shards = pool->sharding();
    chosen found;
    const routing::tablet* known = nullptr;
    auto shard = shards ? among.any % shards->shards() : 0;
    if (by != nullptr && by->statement()) {
        const auto& table = map_->route_of(by->statement());
        found.tablets = table.tablets;
        const destination where(*by, table, level);
        routing::partition_replicas replicas;
        known = where.tablet();
        if (known != nullptr)
            replicas.take(map_->hosts(), *known);
        shard = replicas.shard_on(*index).value_or(where.shard_on(shards, among.any));
    }
    if (!to.shard)
        found.connection = pool->connection_to(shard);
    else if (shards && *to.shard < shards->shards())
        found.connection = pool->connection_to_just(*to.shard);
    say_version(found, known);
    return found;
}

result<session_core::led> session_core::lead(const request_route& route, const bound_statement* by,
                                             const statement_options& said) {
    auto keyspace = route.keyspace();
    auto table = route.table();
    const bool is_named = !table.empty();
    if (is_named && keyspace.empty())
        keyspace = said.keyspace().empty() ? keyspace_ : said.keyspace();
    if (const auto* const one = column_of(by); !is_named && one != nullptr) {
        keyspace = one->keyspace;
        table = one->table;
    }
    if (table.empty())
        return error(errc::invalid_argument,
                     "a token or a key says nothing without the table that it is of")
            .with_advice("name the table (request_route::of_table)");
    const auto how = map_->route_of(keyspace, table);
    led found;
    found.tablets = how.tablets;
    if (!how.keys)
        return found; // anywhere
    std::optional<routing::token> where;
    if (const auto* const token = route.token()) {
        where = routing::token(*token);
    } else {
        const auto* const known = metadata::find_table(*map_->known().schema, keyspace, table);
        auto made = metadata::token_of_key(*known, keyspace + "." + table, *how.keys, *route.key());
        if (!made)
            return made.error();
        where = *made;
    }
    const bool is_conditional = by != nullptr && by->statement().is_conditional();
    found.where = destination(where, how, said.consistency(), is_conditional);
    return found;
}

error session_core::not_by_route(const request_route& route, const bound_statement* by,
                                 const statement_options& said, const attempts& tried) {
    if (const auto* const to = route.to())
        return std::move(not_on_host(*to, tried).with(request_outcome::not_sent));
    const auto found = lead(route, by, said);
    if (found)
        return unreachable(tried);
    auto why = found.error();
    return std::move(why.with(request_outcome::not_sent));
}

error session_core::not_on_host(const request_route::host& to, const attempts& tried) const {
    const auto name = to.id.to_string();
    const auto none = [](std::string text) { return error(errc::no_host_available, text); };
    if (map_->known().hosts->find(to.id) == nullptr)
        return none("the cluster has no node " + name + ", which the request was to go to")
            .with_advice("session::hosts() tells the ids of those that there are");
    const auto found = pools_.find(to.id);
    if (found == pools_.end())
        return none("the options let the node " + name +
                    ", which the request was to go to, not be used")
            .with_advice("look at the local data centre, the execution profiles and the filter");
    const auto& pool = *found->second;
    const auto& shards = pool.sharding();
    error why;
    if (pool.size() != 0 && to.shard && !shards)
        why = error(errc::invalid_argument, "the node " + name + " has no shards");
    else if (pool.size() != 0 && to.shard && *to.shard >= shards->shards())
        why = error(errc::invalid_argument,
                    "the node " + name + " has no shard " + std::to_string(*to.shard) +
                        ": they are " + std::to_string(shards->shards()) + ", counted from 0");
    else if (pool.size() != 0 && to.shard && !pool.wants(*to.shard))
        why = std::move(
            none("shard " + std::to_string(*to.shard) + " of the node " + name +
                 ", which the request was to go to, has its connection from a sibling")
                .with_advice(
                    "send it by that one, or do without options::siblings_share_shards()"));
    else if (pool.size() != 0 && to.shard)
        why = none("no connection leads to shard " + std::to_string(*to.shard) + " of the node " +
                   name + ", which the request was to go to");
    else
        why =
            none("there is no connection to the node " + name + ", which the request was to go to");
    why.at(pool.where().to_string());
    auto failures = tried.failures();
    if (failures.empty() && pool.size() == 0 && pool.last_failure())
        failures.push_back(*pool.last_failure());
    if (!failures.empty())
        why.because(failures.front());
    return std::move(why.with_attempts(std::move(failures)));
}

} // namespace cocql::client
