#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace cocql::routing {

/// Where a keyspace on a ring has its replicas, as system_schema.keyspaces tells it. Keyspaces that
/// are alike in this share one replica_map.
class replication {
  public:
    enum class strategy {
        unknown, ///< or none: each node has its own data (LocalStrategy)
        simple,
        network_topology,
        everywhere
    };

    replication() = default;
    /// What the column `replication` has. What is not understood in it, as the factor of one data
    /// centre, is left out.
    static replication of(const std::map<std::string, std::string>& options);

    strategy kind() const noexcept { return kind_; }
    /// Of SimpleStrategy.
    std::uint32_t factor() const noexcept { return factor_; }
    /// By data centre, of NetworkTopologyStrategy; none is 0.
    const std::map<std::string, std::uint32_t>& factors() const noexcept { return factors_; }

    friend auto operator<=>(const replication&, const replication&) = default;

  private:
    strategy kind_ = strategy::unknown;
    std::uint32_t factor_ = 0;
    std::map<std::string, std::uint32_t> factors_;
};

/// How many replicas have all data: `3`, or `3/1`, which is three of which one is transient and has
/// only what is not repaired yet (Cassandra's transient replication). 0 for what is neither.
std::uint32_t full_replicas(std::string_view factor) noexcept;

} // namespace cocql::routing
