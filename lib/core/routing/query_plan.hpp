#pragma once

#include "core/routing/neighbourhood.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace cocql::routing {

/// In which order replicas are asked.
enum class replica_order {
    shuffled, ///< those that are equally near in any order, to share the work
    /// As they are given (along the ring, or as the tablet has them), whatever their racks: all
    /// clients of a data centre then send a conditional statement to the same node first, which
    /// saves it from contending.
    as_given,
    leader_first ///< the first of all, however far, and then shuffled
};

/// The hosts that may be tried for one request, each once: replicas before others, and near ones
/// before far ones. It makes no list and allocates nothing: mostly the first one is all that is
/// asked for.
///
/// Borrows all it is given.
class query_plan {
  public:
    /// `chance` decides what is in any order. Without replicas (no token, no table, nothing known)
    /// all hosts are others.
    query_plan(const neighbourhood& hosts, std::span<const host_index> replicas,
               replica_order order, std::uint32_t chance) noexcept
        : hosts_(hosts), replicas_(replicas), chance_(chance), order_(order) {}

    /// Nothing after the last.
    std::optional<host_index> next() noexcept;

    /// What next() would give first, worked out at once: nothing where that is not simple.
    static std::optional<host_index> first_of(const neighbourhood& hosts,
                                              std::span<const host_index> replicas,
                                              replica_order order, std::uint32_t chance) noexcept {
        if (replicas.empty() || !hosts.is_one())
            return std::nullopt;
        const bool any = order == replica_order::shuffled;
        return replicas[any ? chance % replicas.size() : 0];
    }

  private:
    /// One after the other. Each host is in one of them.
    enum class group : std::uint8_t {
        none, ///< before the first; and where those are that are not to be asked
        leader,
        replicas_of_rack,
        replicas_of_datacenter,
        remote_replicas,
        others_of_rack,
        others_of_datacenter,
        remote_others
    };

    bool is_leader_first() const noexcept {
        return order_ == replica_order::leader_first && !replicas_.empty();
    }
    group group_of_replica(std::size_t which) const noexcept;
    group group_of_other(host_index who) const noexcept;
    bool is_replica(host_index who) const noexcept;
    std::size_t candidates() const noexcept;
    bool is_in_group(std::size_t candidate) const noexcept;
    host_index host_of(std::size_t candidate) const noexcept;
    void enter(group next) noexcept;
    void pass() noexcept;

    const neighbourhood& hosts_;
    std::span<const host_index> replicas_;
    std::uint32_t chance_;
    replica_order order_;
    group group_ = group::none;
    std::size_t left_ = 0; ///< hosts of the group that were not given yet
    std::size_t at_ = 0;   ///< the next candidate to be looked at
};

} // namespace cocql::routing
