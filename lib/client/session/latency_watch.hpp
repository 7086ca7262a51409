#pragma once

#include "core/policy/slow_nodes.hpp"
#include "io/bridge/clock.hpp"

#include <cocql/latency_awareness.hpp>
#include <cocql/request_observer.hpp>
#include <cocql/uuid.hpp>

namespace cocql::client {

/// How long the nodes take to answer the requests of one execution profile, as it is told of their
/// attempts, and which ones are slow by that. Where a request goes the session decides.
class latency_watch final : public request_observer {
  public:
    /// Borrows the clock.
    latency_watch(const latency_awareness& how, io::clock& clock) noexcept
        : nodes_(how), clock_(clock) {}

    const latency_awareness& how() const noexcept { return nodes_.how(); }
    /// Mostly there is none, and then there is nothing to ask it.
    bool any_slow() const noexcept { return nodes_.any(); }
    const policy::slow_nodes& nodes() const noexcept { return nodes_; }
    base::time_point now() const noexcept { return clock_.now(); }
    /// A request goes to it.
    void chosen(const uuid& node, base::time_point now) noexcept { nodes_.tried(node, now); }
    /// It has come back, or is gone.
    void forget(const uuid& node) noexcept { nodes_.forget(node); }

    void attempt_begun(const request_attempt& /*which*/) override {}
    void attempt_ended(const request_attempt& which, const attempt_end& how) override;

  private:
    policy::slow_nodes nodes_;
    io::clock& clock_;
};

} // namespace cocql::client
