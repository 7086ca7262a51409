#pragma once

#include "core/base/time.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace cocql::io {

/// Calls a function at a moment, unless it is destroyed before: then it never does, even if the
/// timer had already fired and its handler was only waiting for its turn.
class alarm {
  public:
    alarm(boost::asio::any_io_executor executor, base::time_point when, std::function<void()> ring)
        : state_(std::make_shared<state>(std::move(executor), std::move(ring))) {
        if (when == base::never)
            return;
        state_->timer.expires_at(when);
        state_->timer.async_wait([state = state_](boost::system::error_code stopped) {
            if (!stopped && state->ring)
                state->ring();
        });
    }
    ~alarm() {
        state_->ring = nullptr;
        state_->timer.cancel();
    }
    alarm(const alarm&) = delete;
    alarm& operator=(const alarm&) = delete;

  private:
    struct state {
        state(boost::asio::any_io_executor executor, std::function<void()> ring)
            : timer(std::move(executor)), ring(std::move(ring)) {}
        boost::asio::steady_timer timer;
        std::function<void()> ring;
    };
    std::shared_ptr<state> state_;
};

} // namespace cocql::io
