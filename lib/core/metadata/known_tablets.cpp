#include "core/metadata/known_tablets.hpp"

#include <utility>
#include <vector>

namespace cocql::metadata {

namespace {

/// Servers place the tablets anew for some of what can be altered of a keyspace or a table, and
/// which it is differs among them: whatever was altered, they are asked again.
bool is_as_before(const schema_snapshot& before, const schema_snapshot& now,
                  const std::string& keyspace) {
    const auto old = before.keyspaces.find(keyspace);
    const auto found = now.keyspaces.find(keyspace);
    return old != before.keyspaces.end() && found != now.keyspaces.end() &&
           old->second.replication == found->second.replication &&
           static_cast<const keyspace_info&>(old->second) == found->second;
}

} // namespace

const std::pair<std::string, std::string>*
known_tablets::name_of(const routing::tablet_map& which) const {
    for (const auto& [name, tablets] : tables_)
        if (&tablets == &which)
            return &name;
    return nullptr;
}

std::size_t known_tablets::take(tablets_by_table read, const schema_snapshot& now) {
    std::size_t taken = 0;
    for (const auto& [keyspace, tables] : now.tables) {
        const auto how = now.keyspaces.find(keyspace);
        if (how == now.keyspaces.end() || !how->second.has_tablets)
            continue;
        for (const auto& [name, table] : tables)
            if (auto found = read.extract(table.id); !found.empty())
                taken += of(keyspace, name).put_where_unknown(std::move(found.mapped()));
    }
    return taken;
}

void known_tablets::schema_changed(const schema_snapshot& before, const schema_snapshot& now) {
    for (auto& [name, tablets] : tables_) {
        const auto& [keyspace, table] = name;
        const auto* const old = find_table(before, keyspace, table);
        const auto* const known = find_table(now, keyspace, table);
        // One that is known to neither, or only now, was asked before it was read of.
        const bool same = old == nullptr || (known != nullptr && *old == *known);
        if (!same || !is_as_before(before, now, keyspace))
            tablets.clear();
    }
}

void known_tablets::forget_host(const uuid& host) {
    for (auto& [name, tablets] : tables_)
        tablets.forget_host(host);
}

tablet_snapshot known_tablets::snapshot() {
    if (names_ == nullptr) {
        tablet_snapshot::table_names all;
        all.reserve(tables_.size());
        for (const auto& [name, tablets] : tables_)
            all.push_back(name);
        names_ = std::make_shared<const tablet_snapshot::table_names>(std::move(all));
    }
    std::vector<routing::tablet_picture> pictures;
    pictures.reserve(tables_.size());
    for (auto& [name, tablets] : tables_)
        pictures.push_back(tablets.picture());
    return tablet_snapshot(names_, std::move(pictures));
}

void known_tablets::adopt(const tablet_snapshot& known) {
    known.for_each(
        [this](const tablet_snapshot::table_name& name, const routing::tablet_picture& tablets) {
            of(name.first, name.second).adopt(tablets);
        });
}

} // namespace cocql::metadata
