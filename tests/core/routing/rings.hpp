#pragma once

#include "core/routing/replica_map.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cocql::tests {

/// A ring whose hosts have names, in the order of these.
class named_ring {
  public:
    using place = std::pair<std::string, std::string>; ///< data centre and rack

    named_ring(const std::map<std::string, place>& hosts,
               const std::vector<std::pair<std::int64_t, std::string>>& tokens) {
        std::vector<routing::topology::host> all;
        for (const auto& [name, where] : hosts) {
            routing::topology::host host;
            host.id.bytes[0] = static_cast<std::byte>(names_.size() + 1);
            host.datacenter = where.first;
            host.rack = where.second;
            for (const auto& [token, owner] : tokens)
                if (owner == name)
                    host.tokens.emplace_back(token);
            all.push_back(std::move(host));
            names_.push_back(name);
        }
        topology_ = std::make_shared<const routing::topology>(std::move(all));
    }

    const std::shared_ptr<const routing::topology>& topology() const noexcept { return topology_; }
    const std::string& name_of(routing::host_index which) const { return names_.at(which); }
    routing::host_index index_of(const std::string& name) const {
        for (std::size_t i = 0; i < names_.size(); ++i)
            if (names_[i] == name)
                return static_cast<routing::host_index>(i);
        throw std::out_of_range(name);
    }
    std::vector<std::string> replicas(const routing::replication& how, std::int64_t token) const {
        const routing::replica_map map(topology_, how);
        std::vector<std::string> names;
        for (const auto which : map.replicas_of(routing::token(token)))
            names.push_back(name_of(which));
        return names;
    }

  private:
    std::vector<std::string> names_;
    std::shared_ptr<const routing::topology> topology_;
};

inline routing::replication on_ring(const std::string& factor) {
    return routing::replication::of(
        {{"class", "org.apache.cassandra.locator.SimpleStrategy"}, {"replication_factor", factor}});
}

inline routing::replication by_datacenter(std::map<std::string, std::string> factors) {
    factors["class"] = "org.apache.cassandra.locator.NetworkTopologyStrategy";
    return routing::replication::of(factors);
}

} // namespace cocql::tests
