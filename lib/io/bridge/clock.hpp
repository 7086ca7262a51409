#pragma once

#include "core/base/time.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <utility>

namespace cocql::io {

/// Waits for a moment; can be told to stop waiting. One wait at a time.
class timer {
  public:
    using handler = boost::asio::any_completion_handler<void()>;

    virtual ~timer() = default;
    /// Calls the handler at `when`, or earlier when cancelled, also by its cancellation slot; from
    /// the executor's queue. base::never waits until cancelled.
    virtual void begin_wait(base::time_point when, handler woken) = 0;
    /// The same for a coroutine, to be awaited at once.
    auto wait_until(base::time_point when) {
        return boost::asio::async_initiate<const boost::asio::deferred_t&, void()>(
            [this, when](auto handler) { begin_wait(when, std::move(handler)); },
            boost::asio::deferred);
    }
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
