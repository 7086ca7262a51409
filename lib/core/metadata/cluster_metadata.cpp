#include "core/metadata/cluster_picture.hpp"
#include "core/metadata/key_token.hpp"

#include <cocql/cluster_metadata.hpp>

#include <algorithm>
#include <string>

namespace cocql {

namespace {

std::shared_ptr<const metadata::cluster_picture> picture_of_nothing() {
    metadata::cluster_picture nothing;
    nothing.known.hosts = std::make_shared<const metadata::topology_snapshot>(
        metadata::local_node(), std::vector<metadata::host>());
    nothing.known.schema = std::make_shared<const metadata::schema_snapshot>();
    nothing.places =
        std::make_shared<const metadata::placement>(nothing.known.hosts, metadata::keyspaces());
    return std::make_shared<const metadata::cluster_picture>(std::move(nothing));
}

/// What a keyspace has in it; nothing for one that is not known.
template <class Map>
const typename Map::mapped_type& contents_of(const Map& all, std::string_view keyspace) noexcept {
    static const typename Map::mapped_type nothing;
    const auto found = all.find(keyspace);
    return found != all.end() ? found->second : nothing;
}

template <class Map>
const typename Map::mapped_type* find_in(const Map& all, std::string_view name) noexcept {
    const auto found = all.find(name);
    return found != all.end() ? &found->second : nullptr;
}

} // namespace

const metadata::cluster_picture& cluster_metadata::content() const noexcept {
    static const auto nothing = picture_of_nothing();
    return content_ ? *content_ : *nothing;
}

const std::string& cluster_metadata::cluster_name() const& noexcept {
    return content().known.hosts->cluster_name();
}

const std::string& cluster_metadata::partitioner() const& noexcept {
    return content().known.hosts->partitioner();
}

// --- nodes

std::span<const host_info> cluster_metadata::hosts() const& noexcept {
    return content().hosts;
}

const host_info* cluster_metadata::host(const uuid& id) const& noexcept {
    const auto& all = content().hosts;
    const auto found = std::ranges::lower_bound(all, id, {}, &host_info::id);
    return found != all.end() && found->id == id ? &*found : nullptr;
}

// --- the schema

std::vector<std::string_view> cluster_metadata::keyspaces() const& {
    std::vector<std::string_view> names;
    for (const auto& [name, each] : content().known.schema->keyspaces)
        names.push_back(name);
    return names;
}

const keyspace_info* cluster_metadata::keyspace(std::string_view name) const& noexcept {
    return find_in(content().known.schema->keyspaces, name);
}

const cluster_metadata::named_tables&
cluster_metadata::tables(std::string_view keyspace) const& noexcept {
    return contents_of(content().known.schema->tables, keyspace);
}

const table_info* cluster_metadata::table(std::string_view keyspace,
                                          std::string_view name) const& noexcept {
    return find_in(tables(keyspace), name);
}

const cluster_metadata::named_types&
cluster_metadata::types(std::string_view keyspace) const& noexcept {
    return contents_of(content().known.schema->types, keyspace);
}

const data_type* cluster_metadata::type(std::string_view keyspace,
                                        std::string_view name) const& noexcept {
    return find_in(types(keyspace), name);
}

const cluster_metadata::functions_by_signature&
cluster_metadata::functions(std::string_view keyspace) const& noexcept {
    return contents_of(content().known.schema->functions, keyspace);
}

const cluster_metadata::aggregates_by_signature&
cluster_metadata::aggregates(std::string_view keyspace) const& noexcept {
    return contents_of(content().known.schema->aggregates, keyspace);
}

// --- where data lives

result<std::int64_t> cluster_metadata::token_of(std::string_view keyspace, std::string_view table,
                                                std::span<const value> partition_key) const {
    const auto* const known = this->table(keyspace, table);
    if (known == nullptr)
        return error(errc::not_found, "the table is not known");
    const auto how = content().places->partitioner_of(keyspace, table);
    if (!how)
        return error(errc::not_found, "the table's partitioner is not known");
    const auto name = std::string(keyspace) + "." + std::string(table);
    const auto token = metadata::token_of_key(*known, name, *how, partition_key);
    if (!token)
        return token.error();
    return token->value();
}

std::vector<const host_info*> cluster_metadata::replicas(std::string_view keyspace,
                                                         std::int64_t token) const& {
    std::vector<const host_info*> all;
    const auto& hosts = content().hosts;
    if (const auto* const map = content().places->replicas_of(keyspace))
        for (const auto each : map->replicas_of(routing::token(token)))
            all.push_back(&hosts[each]);
    return all;
}

std::vector<const host_info*> cluster_metadata::replicas(std::string_view keyspace,
                                                         std::string_view table,
                                                         std::int64_t token) const& {
    const auto* const known = content().places->find(keyspace);
    if (known == nullptr || this->table(keyspace, table) == nullptr)
        return {};
    if (!known->has_tablets)
        return replicas(keyspace, token);
    std::vector<const host_info*> all;
    if (const auto* const found = content().tablets.find(keyspace, table, routing::token(token)))
        for (const auto& each : found->replicas) {
            all.push_back(host(each.host));
            if (all.back() == nullptr)
                return {};
        }
    return all;
}

} // namespace cocql
