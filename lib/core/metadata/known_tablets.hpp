#pragma once

#include "core/metadata/read_tablets.hpp"
#include "core/metadata/schema_snapshot.hpp"
#include "core/metadata/tablet_snapshot.hpp"
#include "core/routing/tablet_map.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace cocql::metadata {

/// The tablets of all tables as far as servers have told them. It grows between snapshots, and a
/// snapshot takes from it what is true no more.
class known_tablets {
  public:
    /// Of one table. It stays where it is, for whoever learns of more of them, also when the table
    /// is gone: there are as many as tables that were ever asked, or read of.
    routing::tablet_map& of(const std::string& keyspace, const std::string& table) {
        const auto [found, is_new] = tables_.try_emplace({keyspace, table});
        if (is_new)
            names_ = nullptr;
        return found->second;
    }
    /// Keyspace and table of one that of() has given; null for another.
    const std::pair<std::string, std::string>* name_of(const routing::tablet_map& which) const;
    /// What was read of all tables at once, of those that there are now. What answers have told
    /// stays: it is newer, and may have a version. How many tablets were not known before.
    std::size_t take(tablets_by_table read, const schema_snapshot& now);
    /// Forgets those of tables that are gone, were made anew or altered, and those of keyspaces
    /// that were.
    void schema_changed(const schema_snapshot& before, const schema_snapshot& now);
    /// Forgets those that have a replica on this host, which is gone.
    void forget_host(const uuid& host);
    /// What is known now. Costs a pointer for each table; tablets are not copied.
    tablet_snapshot snapshot();
    /// Of all tables that another one knew tablets of: from now on what that one knew then.
    void adopt(const tablet_snapshot& known);

  private:
    std::map<tablet_snapshot::table_name, routing::tablet_map> tables_;
    /// Those of them all, for snapshots; null: there are new ones.
    std::shared_ptr<const tablet_snapshot::table_names> names_;
};

} // namespace cocql::metadata
