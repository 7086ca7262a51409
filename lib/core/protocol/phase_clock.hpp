#pragma once

#include "core/base/time.hpp"

#include <cocql/error.hpp>
#include <cocql/phase.hpp>

namespace cocql::protocol {

/// Keeps account of how long each phase of opening took. It reads no clock: every call brings the
/// time.
class phase_clock {
  public:
    explicit phase_clock(base::time_point begun) noexcept : begun_(begun), entered_(begun) {}

    /// Ends the phase before and begins this one. A phase entered twice (a second attempt after a
    /// version downgrade) adds up.
    void enter(phase next, base::time_point now);
    phase current() const noexcept { return current_; }
    base::time_point begun() const noexcept { return begun_; }
    /// All phases up to now, the current one included. Their sum is the time since the beginning.
    phase_times times(base::time_point now) const;
    /// The same, when opening is over: nothing is kept here.
    phase_times take_times(base::time_point now);
    /// `timed out in tls_handshake after 5.00 s (resolve 0.01, tcp 0.04, tls 4.95)`.
    error timed_out(base::time_point now) const;

  private:
    static void add(phase_times& times, phase which, base::duration taken);

    base::time_point begun_;
    base::time_point entered_;
    phase current_ = phase::resolve;
    phase_times past_;
};

} // namespace cocql::protocol
