#pragma once

#include "client/connection/home.hpp"
#include "core/policy/share.hpp"

#include <cocql/session_metrics.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace cocql::client {

class session_core;

/// The siblings of a session, for the one whose control connection they share. Each is told on its
/// own executor, and in order; one whose context is gone is told nothing. On the executor of the
/// one that has them.
class siblings {
  public:
    using news = std::function<void(session_core&)>;

    bool any() const noexcept { return !all_.empty(); }
    void add(const std::shared_ptr<session_core>& who);
    /// How many there have been.
    std::uint64_t count() const noexcept { return count_; }
    /// What it has counted is kept.
    void remove(const session_core& who, const session_metrics& counted);
    void tell(const news& what) { tell_but(nullptr, what); }
    /// All others.
    void tell_but(const session_core* whom, const news& what);
    /// Of the one that was added last. They and the one that has them are all, in the order of
    /// their coming, that one first.
    policy::share share_of_last() const noexcept;
    /// Tells each its share now, and gives that of the one that has them.
    policy::share share_out();
    /// It has gone with its context.
    void forget(const session_core& who);
    /// To be visited, each where it lives.
    std::vector<std::shared_ptr<session_core>> present() const;
    /// By those that have left.
    const session_metrics& counted() const noexcept { return counted_; }

  private:
    struct entry {
        const session_core* which; ///< only to be compared
        std::weak_ptr<session_core> who;
        std::shared_ptr<home> where;
    };

    static bool tell_one(const entry& whom, const news& what);

    std::vector<entry> all_;
    session_metrics counted_;
    std::uint64_t count_ = 0;
};

} // namespace cocql::client
