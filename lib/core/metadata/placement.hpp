#pragma once

#include "core/metadata/keyspace.hpp"
#include "core/metadata/topology_snapshot.hpp"
#include "core/routing/replica_map.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string_view>

namespace cocql::metadata {

/// Where all data of a cluster lives at one moment, as far as rings say: hosts, keyspaces and the
/// replicas of each. Immutable, replaced as a whole. Tablets are learned beside it.
class placement {
  public:
    /// The host snapshot must not be null. What has not changed since `before`, which may be null,
    /// is taken from there: to work out the replicas of a large cluster takes a while.
    placement(std::shared_ptr<const topology_snapshot> hosts, keyspaces known,
              const placement* before = nullptr);

    const topology_snapshot& hosts() const noexcept { return *hosts_; }
    /// Null for one that is not known.
    const keyspace* find(std::string_view name) const noexcept;
    /// The replicas of a keyspace's parts of the ring. Null where it has no part in one, or is not
    /// known. Keyspaces whose replication is the same share them. Valid as long as this object.
    const routing::replica_map* replicas_of(std::string_view keyspace) const noexcept;
    /// By which a table's keys become tokens; nothing where that is not known here.
    std::optional<routing::partitioner> partitioner_of(std::string_view keyspace,
                                                       std::string_view table) const noexcept;

  private:
    std::shared_ptr<const topology_snapshot> hosts_;
    keyspaces keyspaces_;
    std::map<routing::replication, std::shared_ptr<const routing::replica_map>> replicas_;
};

} // namespace cocql::metadata
