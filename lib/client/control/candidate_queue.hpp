#pragma once

#include "client/control/candidate.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace cocql::client {

/// In which order candidates are tried, of which some are names whose addresses show only when it
/// is their turn.
///
/// Where a name's turn comes it is looked up, and then the first of its addresses is next, in its
/// place. The others are behind all that waits, and take turns with those of other names: where one
/// of a name's addresses is dead, another name is as good a next guess.
///
/// What leads to the same place is one candidate, and has the earliest turn of any of them.
class candidate_queue {
  public:
    /// What else there is to a place than its address.
    struct differences {
        /// Certificates are verified by the name that has led there. So an address may be let in by
        /// another name where it was not by the first; but that is tried behind all others, for it
        /// is as dead or alive.
        bool by_name = false;
        /// Nodes are elsewhere than they say themselves, and contact points are not.
        bool by_being_given = false;
    };

    candidate_queue(const std::vector<candidate>& all, differences what_counts);

    bool is_empty() const noexcept { return turns_.empty() && again_.empty(); }
    /// The next one, which there is.
    candidate next();
    /// What a name has led to that next() has given.
    void found(const std::vector<candidate>& addresses);
    /// Places that there are, as far as is known: names count as one until they are looked up.
    std::size_t places() const;

  private:
    using turn = std::deque<candidate>; ///< what is left of a name's addresses, or one alone

    bool are_one_place(const candidate& a, const candidate& b) const;
    bool are_one(const candidate& a, const candidate& b) const;
    void add(const candidate& address, turn& of_name);

    differences what_counts_;
    std::deque<turn> turns_;
    turn again_; ///< places that have their turn by another name
    std::vector<candidate> taken_;
};

} // namespace cocql::client
