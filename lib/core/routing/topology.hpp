#pragma once

#include "core/routing/token.hpp"

#include <cocql/uuid.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cocql::routing {

/// A host's place in the list of its topology.
using host_index = std::uint32_t;
/// Names of data centres, and of racks within them, as numbers from 0.
using datacenter_index = std::uint32_t;
using rack_index = std::uint32_t;

/// The hosts of a cluster and the ring that their tokens make: immutable, one for each snapshot.
///
/// A host without tokens (ScyllaDB's zero-token nodes, a node that joins) coordinates requests, but
/// has no data: it is no replica, and its rack counts only where another host of it has tokens.
class topology {
  public:
    struct host {
        uuid id;
        std::string datacenter;
        std::string rack;
        std::vector<token> tokens;
        friend bool operator==(const host&, const host&) = default;
    };
    struct ring_place {
        token where;
        host_index owner = 0;
    };

    topology() = default;
    explicit topology(std::vector<host> hosts);

    std::span<const host> hosts() const noexcept { return hosts_; }
    std::optional<host_index> find(const uuid& id) const noexcept;
    /// In the order of their tokens.
    std::span<const ring_place> ring() const noexcept { return ring_; }
    /// Where on the ring the owner of a token is: the first place that is not before it, or the
    /// first of all. The ring must not be empty.
    std::size_t place_of(token where) const noexcept {
        const auto found = std::ranges::lower_bound(ring_, where, {}, &ring_place::where);
        return found == ring_.end() ? 0 : static_cast<std::size_t>(found - ring_.begin());
    }

    datacenter_index datacenter_of(host_index which) const noexcept {
        return places_[which].datacenter;
    }
    /// Racks of one name in different data centres are different.
    rack_index rack_of(host_index which) const noexcept { return places_[which].rack; }
    std::optional<datacenter_index> find_datacenter(std::string_view name) const noexcept;
    std::size_t datacenters() const noexcept { return datacenters_.size(); }
    std::size_t racks() const noexcept { return racks_.size(); }
    /// Hosts and racks of a data centre that have tokens.
    std::size_t hosts_with_data(datacenter_index which) const noexcept {
        return datacenters_[which].hosts_with_data;
    }
    std::size_t racks_with_data(datacenter_index which) const noexcept {
        return datacenters_[which].racks_with_data;
    }
    /// In all data centres.
    std::size_t hosts_with_data() const noexcept { return hosts_with_data_; }

  private:
    struct datacenter {
        std::string name;
        std::size_t hosts_with_data = 0;
        std::size_t racks_with_data = 0;
    };
    struct rack {
        datacenter_index datacenter = 0;
        std::string name;
        bool has_data = false;
    };
    struct place {
        datacenter_index datacenter = 0;
        rack_index rack = 0;
    };

    void add(const host& what);
    datacenter_index datacenter_named(const std::string& name);
    rack_index rack_named(datacenter_index datacenter, const std::string& name);

    std::vector<host> hosts_;
    std::vector<place> places_; ///< of each host
    std::vector<datacenter> datacenters_;
    std::vector<rack> racks_;
    std::vector<std::pair<uuid, host_index>> by_id_; ///< in order
    std::vector<ring_place> ring_;
    std::size_t hosts_with_data_ = 0;
};

} // namespace cocql::routing
