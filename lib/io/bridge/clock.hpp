#pragma once

#include "core/base/time.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>

namespace cocql::io {

/// Waits for a moment; can be told to stop waiting.
class timer {
  public:
    virtual ~timer() = default;
    /// Returns at `when`, or earlier when cancelled. base::never waits until cancelled.
    virtual boost::asio::awaitable<void> wait_until(base::time_point when) = 0;
    /// Ends a wait that is pending. Without one it does nothing.
    virtual void cancel() = 0;
};

/// Where connections get their time from: the steady clock, or a test's own.
class clock {
  public:
    virtual ~clock() = default;
    virtual base::time_point now() const noexcept = 0;
    /// For long time-outs, cheaper than now(): up to two ticks of the system (some milliseconds)
    /// after it. Before it only where a tick of the system's is left out.
    virtual base::time_point coarse_now() const noexcept { return now(); }
    virtual std::unique_ptr<timer> make_timer(boost::asio::any_io_executor executor) = 0;
};

/// The real one. Lives for the whole program.
clock& steady_clock() noexcept;

} // namespace cocql::io
