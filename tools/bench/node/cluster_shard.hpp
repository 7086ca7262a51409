#pragma once

#include "node_description.hpp"
#include "shard_ring.hpp"

#include <cocql/testing/node_options.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace cocql::bench {

class canned_cluster;

/// One shard of a node of a cluster, which says what ScyllaDB's say.
class cluster_shard final : public node_description {
  public:
    /// How many connections all nodes have together: for clients that open them by and by and have
    /// no call that waits for it. With `" WHERE connections >= N"` behind it, it is answered when
    /// so many have been started, and what they took is noted (canned_cluster::report()).
    static constexpr std::string_view connections_cql = "SELECT connections FROM bench.cluster";

    /// The cluster is borrowed.
    cluster_shard(canned_cluster& cluster, place here) noexcept : cluster_(cluster), here_(here) {}

    bool is_due(std::string_view cql) const override;
    wire::string_multimap offers() const override;
    message::response answer(std::string_view cql,
                             const std::vector<message::bound_value>& values) override;
    message::prepared_result describe(std::string_view cql) override;

  private:
    /// How many connections it wants to be there; nothing: it does not ask for that.
    static std::optional<std::size_t> wanted_by(std::string_view cql);

    canned_cluster& cluster_;
    place here_;
    testing::node_reply last_;
};

} // namespace cocql::bench
