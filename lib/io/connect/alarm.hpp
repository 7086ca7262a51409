#pragma once

#include "io/bridge/clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace cocql::io {

/// Calls a function at a moment of its clock, unless it is destroyed before: then it never does,
/// even if the timer had already fired and its handler was only waiting for its turn.
class alarm {
  public:
    alarm(clock& clock, boost::asio::any_io_executor executor, base::time_point when,
          std::function<void()> ring)
        : state_(std::make_shared<state>()) {
        if (when == base::never)
            return;
        state_->timer = clock.make_timer(executor);
        state_->ring = std::move(ring);
        boost::asio::co_spawn(executor, wait(state_, when), [](std::exception_ptr thrown) {
            if (thrown)
                std::rethrow_exception(thrown);
        });
    }
    ~alarm() {
        state_->ring = nullptr;
        if (state_->timer)
            state_->timer->cancel();
    }
    alarm(const alarm&) = delete;
    alarm& operator=(const alarm&) = delete;

  private:
    struct state {
        std::unique_ptr<io::timer> timer;
        std::function<void()> ring;
    };

    static boost::asio::awaitable<void> wait(std::shared_ptr<state> state, base::time_point when) {
        if (state->ring) // else destroyed before the wait began, and there is nothing to cancel
            co_await state->timer->wait_until(when);
        if (state->ring)
            state->ring();
    }

    std::shared_ptr<state> state_;
};

} // namespace cocql::io
