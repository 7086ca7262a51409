#pragma once

#include "node_description.hpp"
#include "shard_ring.hpp"

#include <cocql/testing/node_options.hpp>

#include <string_view>
#include <vector>

namespace cocql::bench {

class canned_cluster;

/// One shard of a node of a cluster, which says what ScyllaDB's say.
class cluster_shard final : public node_description {
  public:
    /// How many connections all nodes have together: for clients that open them by and by and have
    /// no call that waits for it.
    static constexpr std::string_view connections_cql = "SELECT connections FROM bench.cluster";

    /// The cluster is borrowed.
    cluster_shard(const canned_cluster& cluster, place here) noexcept
        : cluster_(cluster), here_(here) {}

    wire::string_multimap offers() const override;
    message::response answer(std::string_view cql,
                             const std::vector<message::bound_value>& values) override;
    message::prepared_result describe(std::string_view cql) override;

  private:
    const canned_cluster& cluster_;
    place here_;
    testing::node_reply last_;
};

} // namespace cocql::bench
