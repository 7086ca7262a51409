#include "core/metadata/known_tablets.hpp"

namespace cocql::metadata {

namespace {

const table* find(const schema_snapshot& all, const std::string& keyspace,
                  const std::string& name) {
    const auto of = all.tables.find(keyspace);
    if (of == all.tables.end())
        return nullptr;
    const auto found = of->second.find(name);
    return found != of->second.end() ? &found->second : nullptr;
}

bool is_placed_alike(const schema_snapshot& before, const schema_snapshot& now,
                     const std::string& keyspace) {
    const auto old = before.keyspaces.find(keyspace);
    const auto found = now.keyspaces.find(keyspace);
    return old != before.keyspaces.end() && found != now.keyspaces.end() &&
           old->second.replication == found->second.replication &&
           old->second.has_tablets == found->second.has_tablets;
}

} // namespace

std::shared_ptr<routing::tablet_map> known_tablets::of(const std::string& keyspace,
                                                       const std::string& table) {
    auto& found = tables_[{keyspace, table}];
    if (!found)
        found = std::make_shared<routing::tablet_map>();
    return found;
}

void known_tablets::schema_changed(const schema_snapshot& before, const schema_snapshot& now) {
    for (auto each = tables_.begin(); each != tables_.end();) {
        const auto& [keyspace, name] = each->first;
        const auto* const old = find(before, keyspace, name);
        const auto* const known = find(now, keyspace, name);
        // One that is known to neither is too new to have been read.
        const bool same = old != nullptr && known != nullptr ? old->id == known->id
                                                             : old == nullptr && known == nullptr;
        const bool is_new = old == nullptr && known != nullptr;
        if ((same || is_new) && is_placed_alike(before, now, keyspace)) {
            ++each;
            continue;
        }
        each->second->clear(); // others may hold it
        each = tables_.erase(each);
    }
}

void known_tablets::forget_host(const uuid& host) {
    for (const auto& [name, tablets] : tables_)
        tablets->forget_host(host);
}

} // namespace cocql::metadata
