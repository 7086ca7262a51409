#pragma once

#include "io/bridge/clock.hpp"

#include <list>
#include <memory>

namespace cocql::testing {

/// A clock that only the test moves, for tests that never sleep. Timers made of it fire when the
/// time passes them, from their executor's queue. One executor. The clock, its timers and their
/// executor's context may be destroyed in every order.
class manual_clock final : public io::clock {
  public:
    base::time_point now() const noexcept override { return times_->now; }
    std::unique_ptr<io::timer> make_timer(boost::asio::any_io_executor executor) override;

    /// Moves the time on and wakes whoever waited for a moment up to then.
    void advance(base::duration time);
    /// The earliest moment that anybody waits for, be it that it has come; base::never: there is
    /// none.
    base::time_point next() const noexcept;

  private:
    class manual_timer;
    /// What the clock and its timers share.
    class times {
      public:
        base::time_point now{std::chrono::hours(1)};
        std::list<manual_timer*> timers;
    };

    std::shared_ptr<times> times_ = std::make_shared<times>();
};

} // namespace cocql::testing
