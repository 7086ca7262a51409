#pragma once

#include "core/base/time.hpp"
#include "core/policy/latency_average.hpp"

#include <cocql/latency_awareness.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <map>

namespace cocql::policy {

/// Which nodes are slow, by how long they have taken to answer. What latency_awareness says of it,
/// of moments that it is given.
class slow_nodes {
  public:
    explicit slow_nodes(const latency_awareness& how) noexcept : how_(how) {}

    /// The node has answered.
    void took(const uuid& node, base::duration time, base::time_point now);
    /// It has not, or not of its own: it would have taken longer. This is taken for as long as it
    /// takes usually, at least.
    void took_longer(const uuid& node, base::duration than, base::time_point now);
    /// What is known of it says nothing of how it is now, or it is gone.
    void forget(const uuid& node) noexcept;

    /// Whether there is any, which is quickly said.
    bool any() const noexcept { return slow_ != 0; }
    /// Whether it is to be put behind others: it is slow, and not due to be tried again.
    bool has(const uuid& node, base::time_point now) const noexcept;
    /// A request is sent to the node. If it is slow others are not to follow before the retry
    /// period is over, or before it is known that it is slow no more.
    void tried(const uuid& node, base::time_point now) noexcept;

    const latency_awareness& how() const noexcept { return how_; }

  private:
    using length = latency_average::length;
    struct entry {
        latency_average lately;
        std::uint64_t answers = 0; ///< of what was measured; the rest is not known to be as little
        bool is_slow = false;
        base::time_point tried = base::time_point::min();
    };

    bool is_recent(base::time_point moment, base::time_point now) const noexcept {
        return base::between(moment, now) < how_.retry_period();
    }
    void measure(const uuid& node, base::duration time, bool is_answer, base::time_point now);
    void judge_all(base::time_point now) noexcept;
    void set_slow(entry& which, bool is_slow) noexcept;

    latency_awareness how_;
    std::map<uuid, entry> nodes_;
    std::size_t slow_ = 0;
    /// Who takes longer is slow, as was worked out last; without a quickest one nobody is.
    length most_ = length::max();
    base::time_point next_judging_ = base::time_point::min();
};

} // namespace cocql::policy
