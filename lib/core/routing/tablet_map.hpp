#pragma once

#include "core/routing/tablet_picture.hpp"

#include <cstddef>
#include <vector>

namespace cocql::routing {

/// The tablets of one table that are known, which servers tell one by one as requests miss them.
/// The one part of routing that changes between two snapshots.
class tablet_map {
  public:
    tablet_map() = default;
    tablet_map(const tablet_map&) = delete;
    tablet_map& operator=(const tablet_map&) = delete;

    /// What is known of any part of its stretch is known no more: tablets are split and merged.
    void put(tablet known);
    /// The same of several, which are in the order of their tokens and do not overlap; but what is
    /// known of any part of one stays, and that one is not taken. How many were.
    std::size_t put_where_unknown(std::vector<tablet> told);
    /// Null where nothing is known. Valid until the next change.
    const tablet* find(token where) const noexcept { return known_.find(where); }
    /// Forgets those that have a replica on this host, which is gone.
    void forget_host(const uuid& host);
    void clear() noexcept { known_ = tablet_picture(); }
    std::size_t size() const noexcept { return known_.size(); }

    /// What is known now, to be kept. Copies nothing; the next change of a part does, of that part.
    tablet_picture picture() noexcept {
        ++pictures_;
        return known_;
    }

    /// Begins with what another one knew; what is learned from now on changes that one nowhere.
    void adopt(const tablet_picture& known) noexcept;

  private:
    using part = tablet_picture::part;
    using entry = tablet_picture::entry;
    using parts = tablet_picture::parts;
    /// A part that has more is divided.
    static constexpr std::size_t most_in_part = 64;

    void forget_within(std::vector<entry>& all, const tablet& where);
    std::vector<entry>& changeable_parts();
    std::vector<tablet>& changeable(entry& which) const;

    tablet_picture known_;
    tablet_picture::age pictures_ = 0;
};

} // namespace cocql::routing
