#pragma once

#include "core/metadata/read_hosts.hpp"
#include "core/routing/topology.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cocql::metadata {

/// The nodes of a cluster at one moment, as one of them sees it. Immutable: a later one replaces
/// it.
class topology_snapshot {
  public:
    /// Of several rows with one id, as there are for a moment when a node moves to another address,
    /// that counts which has tokens, and of those the later; what the node that was asked says of
    /// itself counts before all.
    topology_snapshot(local_node local, std::vector<host> peers);

    const std::string& cluster_name() const noexcept { return cluster_name_; }
    /// The class that it was told as.
    const std::string& partitioner() const noexcept { return partitioner_; }
    /// In the order of their ids; as routing has them.
    std::span<const host> hosts() const noexcept { return hosts_; }
    /// Null for none. Valid as long as this object.
    const host* find(const uuid& id) const noexcept;
    /// By where clients connect to, or by where other nodes do: events of both are the same to
    /// servers. Their ports say nothing (ScyllaDB puts in that of whom it tells).
    const host* find(const inet_address& address) const noexcept;

    /// Shared with what is made of it. Without a ring where the tokens are of a partitioner that is
    /// unknown here.
    const std::shared_ptr<const routing::topology>& routing() const noexcept { return routing_; }

  private:
    std::string cluster_name_;
    std::string partitioner_;
    std::vector<host> hosts_;
    std::shared_ptr<const routing::topology> routing_;
};

} // namespace cocql::metadata
