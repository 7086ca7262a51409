#include "core/metadata/schema_snapshot.hpp"

#include <set>
#include <utility>

namespace cocql::metadata {

namespace {

using difference_kind = schema_difference::kind;
using difference_thing = schema_difference::thing;

/// Calls `tell` with what became of each name of two maps.
template <class Map, class Tell>
void compare(const Map& before, const Map& after, Tell tell) {
    auto old = before.begin();
    for (const auto& [name, now] : after) {
        for (; old != before.end() && old->first < name; ++old)
            tell(difference_kind::dropped, old->first);
        if (old == before.end() || old->first != name) {
            tell(difference_kind::created, name);
            continue;
        }
        if (!(old->second == now))
            tell(difference_kind::altered, name);
        ++old;
    }
    for (; old != before.end(); ++old)
        tell(difference_kind::dropped, old->first);
}

schema_difference difference(difference_thing which, difference_kind what,
                             const std::string& keyspace, const std::string& name) {
    return {which, what, keyspace, name, {}};
}
schema_difference difference(difference_thing which, difference_kind what,
                             const std::string& keyspace, const function_signature& whose) {
    return {which, what, keyspace, whose.name, whose.argument_types};
}

/// The same for what is in each keyspace.
template <class Map>
void compare_contents(const Map& before, const Map& after, difference_thing which,
                      std::vector<schema_difference>& all) {
    static const typename Map::mapped_type nothing;
    const auto of = [](const Map& keyspaces, const std::string& name) -> const auto& {
        const auto found = keyspaces.find(name);
        return found != keyspaces.end() ? found->second : nothing;
    };
    std::set<std::string> names;
    for (const auto* const keyspaces : {&before, &after})
        for (const auto& [name, contents] : *keyspaces)
            names.insert(name);
    for (const auto& keyspace : names) {
        compare(of(before, keyspace), of(after, keyspace),
                [&](difference_kind what, const auto& name) {
                    all.push_back(difference(which, what, keyspace, name));
                });
    }
}

/// A table that became a view is that; one that was dropped is what it was.
bool is_view(const schema_difference& what, const schema_snapshot& before,
             const schema_snapshot& after) {
    const auto& where = what.what == difference_kind::dropped ? before : after;
    const auto* const found = find_table(where, what.keyspace, what.name);
    return found != nullptr && found->is_view();
}

} // namespace

std::vector<schema_difference> schema_differences(const schema_snapshot& before,
                                                  const schema_snapshot& after) {
    std::vector<schema_difference> all;
    compare(before.keyspaces, after.keyspaces, [&](difference_kind what, const std::string& name) {
        all.push_back(difference(difference_thing::keyspace, what, name, std::string()));
    });
    compare_contents(before.types, after.types, difference_thing::type, all);
    compare_contents(before.tables, after.tables, difference_thing::table, all);
    for (auto& each : all)
        if (each.which == difference_thing::table && is_view(each, before, after))
            each.which = difference_thing::view;
    compare_contents(before.functions, after.functions, difference_thing::function, all);
    compare_contents(before.aggregates, after.aggregates, difference_thing::aggregate, all);
    return all;
}

const table* find_table(const schema_snapshot& all, std::string_view keyspace,
                        std::string_view name) {
    const auto of = all.tables.find(keyspace);
    if (of == all.tables.end())
        return nullptr;
    const auto found = of->second.find(name);
    return found != of->second.end() ? &found->second : nullptr;
}

} // namespace cocql::metadata
