#pragma once

#include "core/metadata/cluster_snapshot.hpp"

#include <cocql/endpoint.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <vector>

namespace cocql::client {

/// The contact points as the nodes of a cluster of which nothing else is known. Their ids are made
/// up by their order, so that siblings, and the next run of a program, call them the same.
class contact_nodes {
  public:
    /// At least one; the same one twice is one.
    explicit contact_nodes(const std::vector<endpoint>& points);

    metadata::cluster_snapshot snapshot() const;
    /// Null for none of them. Valid as long as this object.
    const endpoint* find(const uuid& id) const noexcept;

  private:
    static uuid id_of(std::size_t index) noexcept;

    std::vector<endpoint> points_;
};

} // namespace cocql::client
