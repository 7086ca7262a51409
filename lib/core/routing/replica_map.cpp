#include "core/routing/replica_map.hpp"

#include <algorithm>
#include <utility>

namespace cocql::routing {

/// Goes along a ring, over each host once.
class replica_map::ring_walk {
  public:
    explicit ring_walk(const topology& hosts)
        : hosts_(hosts), met_(hosts.hosts().size()), met_at_(met_.size()) {}

    void begin(std::size_t place) {
        place_ = place;
        steps_ = 0;
        ++walk_;
    }
    /// The next host that was not met yet. Nothing after a whole turn.
    std::optional<host_index> next() {
        const auto ring = hosts_.ring();
        while (steps_ < ring.size()) {
            const auto owner = ring[(place_ + steps_++) % ring.size()].owner;
            if (std::exchange(met_[owner], walk_) != walk_) {
                met_at_[owner] = steps_;
                return owner;
            }
        }
        return std::nullopt;
    }
    /// After how many steps a host was met that was.
    std::size_t steps_to(host_index who) const noexcept { return met_at_[who]; }

  private:
    const topology& hosts_;
    std::vector<std::size_t> met_; ///< by each host, in which walk
    std::vector<std::size_t> met_at_;
    std::size_t walk_ = 0;
    std::size_t place_ = 0;
    std::size_t steps_ = 0;
};

namespace {

/// One data centre, while the replicas of one place are looked for: racks that have none yet come
/// first, and the hosts that were passed over for that get their turn when all racks have one
/// (org.apache.cassandra.locator.NetworkTopologyStrategy as it was up to 3.11, whose order drivers
/// agree on).
class datacenter_search {
  public:
    datacenter_search(std::size_t wanted, std::size_t racks) : wanted_(wanted), racks_(racks) {}

    void begin() {
        found_ = 0;
        seen_racks_.clear();
        passed_over_.clear();
    }
    bool is_done() const noexcept { return found_ == wanted_; }
    void take(host_index who, rack_index rack, std::vector<host_index>& replicas) {
        const bool is_new = std::ranges::find(seen_racks_, rack) == seen_racks_.end();
        if (!is_new && seen_racks_.size() < racks_) {
            passed_over_.push_back(who);
            return;
        }
        add(who, replicas);
        if (!is_new)
            return;
        seen_racks_.push_back(rack);
        if (seen_racks_.size() == racks_)
            for (const auto each : passed_over_)
                if (!is_done())
                    add(each, replicas);
    }

  private:
    void add(host_index who, std::vector<host_index>& replicas) {
        replicas.push_back(who);
        ++found_;
    }

    std::size_t wanted_;
    std::size_t racks_;
    std::size_t found_ = 0;
    std::vector<rack_index> seen_racks_;
    std::vector<host_index> passed_over_;
};

} // namespace

replica_map::replica_map(std::shared_ptr<const topology> hosts, const replication& how)
    : hosts_(std::move(hosts)) {
    using enum replication::strategy;
    switch (how.kind()) {
    case simple:
        place_simply(how.factor());
        break;
    case network_topology:
        place_by_datacenters(how);
        break;
    case everywhere:
        place_everywhere();
        break;
    case unknown:
        break;
    }
}

void replica_map::place_simply(std::size_t factor) {
    const auto wanted = std::min(factor, hosts_->hosts_with_data());
    const auto places = hosts_->ring().size();
    if (wanted == 0)
        return;
    ring_walk walk(*hosts_);
    begins_.push_back(0);
    for (std::size_t place = 0; place < places; ++place) {
        walk.begin(place);
        for (std::size_t found = 0; found < wanted; ++found)
            if (const auto who = walk.next())
                replicas_.push_back(*who);
        begins_.push_back(static_cast<std::uint32_t>(replicas_.size()));
    }
}

void replica_map::place_by_datacenters(const replication& how) {
    std::vector<datacenter_search> searches(hosts_->datacenters(), datacenter_search(0, 0));
    bool any = false;
    for (const auto& [name, factor] : how.factors())
        if (const auto which = hosts_->find_datacenter(name)) {
            const auto wanted = std::min<std::size_t>(factor, hosts_->hosts_with_data(*which));
            searches[*which] = datacenter_search(wanted, hosts_->racks_with_data(*which));
            any = any || wanted != 0;
        }
    if (!any)
        return;
    ring_walk walk(*hosts_);
    begins_.push_back(0);
    for (std::size_t place = 0; place < hosts_->ring().size(); ++place) {
        walk.begin(place);
        for (auto& each : searches)
            each.begin();
        const auto done = [&] {
            return std::ranges::all_of(searches, &datacenter_search::is_done);
        };
        while (!done()) {
            const auto who = walk.next();
            if (!who)
                break;
            auto& search = searches[hosts_->datacenter_of(*who)];
            if (!search.is_done())
                search.take(*who, hosts_->rack_of(*who), replicas_);
        }
        const auto begin = static_cast<std::ptrdiff_t>(begins_.back());
        along_ring_.insert(along_ring_.end(), replicas_.begin() + begin, replicas_.end());
        std::ranges::sort(along_ring_.begin() + begin, along_ring_.end(), {},
                          [&](host_index who) { return walk.steps_to(who); });
        begins_.push_back(static_cast<std::uint32_t>(replicas_.size()));
    }
    if (along_ring_ == replicas_)
        along_ring_ = {};
}

void replica_map::place_everywhere() {
    everywhere_ = true;
    const auto hosts = hosts_->hosts();
    for (std::size_t i = 0; i < hosts.size(); ++i)
        if (!hosts[i].tokens.empty())
            replicas_.push_back(static_cast<host_index>(i));
}

} // namespace cocql::routing
