#pragma once

#include "core/routing/topology.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace cocql::routing {

/// How near a host is to the application.
enum class distance : std::uint8_t { same_rack, same_datacenter, remote, ignored };

/// Which hosts an application prefers, and which it may use at all.
struct preference {
    /// Empty: all data centres are near.
    std::string datacenter;
    /// In it; empty: its racks are alike.
    std::string rack;
    /// Hosts of other data centres are used where no other is left.
    bool remote_hosts = false;
    /// Hosts that are to be used; empty for all.
    std::function<bool(const topology::host&)> filter;
    /// Has the last word on each that the filter lets through, by what it would be otherwise; empty
    /// where nobody has.
    std::function<distance(const topology::host&, distance usual)> judge;
};

/// Whether both prefer the same hosts of those that their filters let through.
bool is_alike(const preference& one, const preference& other) noexcept;

/// The distance of each host of a topology, worked out once for each snapshot. Immutable.
class neighbourhood {
  public:
    neighbourhood() = default;
    neighbourhood(const topology& hosts, const preference& wanted);

    std::size_t size() const noexcept { return distances_.size(); }
    distance of(host_index which) const noexcept { return distances_[which]; }
    /// All hosts are equally near, none is remote, and all may be asked. Never where somebody
    /// judges them: he is then asked of each request, too, and none goes its way at once.
    bool is_one() const noexcept { return one_; }

  private:
    std::vector<distance> distances_;
    bool one_ = false;
};

} // namespace cocql::routing
