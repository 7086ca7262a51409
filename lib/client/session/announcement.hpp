#pragma once

#include "io/bridge/clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <memory>
#include <vector>

namespace cocql::client {

/// Something that is made known once, and that any number of coroutines of one executor wait for,
/// each until a moment of its own.
class announcement {
  public:
    announcement() = default;
    announcement(const announcement&) = delete;
    announcement& operator=(const announcement&) = delete;

    bool is_made() const noexcept { return made_; }
    void make() {
        made_ = true;
        for (auto* const each : waiting_)
            each->cancel();
    }
    /// Whether it was made. Not where its time is over, or the wait was cancelled. Who waits keeps
    /// this.
    boost::asio::awaitable<bool> wait_until(boost::asio::any_io_executor executor, io::clock& clock,
                                            base::time_point when) {
        if (made_)
            co_return true;
        const place mine(*this, clock.make_timer(std::move(executor)));
        co_await mine.timer().wait_until(when);
        co_return made_;
    }

  private:
    class place {
      public:
        place(announcement& whose, std::unique_ptr<io::timer> timer)
            : whose_(whose), timer_(std::move(timer)) {
            whose_.waiting_.push_back(timer_.get());
        }
        ~place() { std::erase(whose_.waiting_, timer_.get()); }
        place(const place&) = delete;
        place& operator=(const place&) = delete;
        io::timer& timer() const noexcept { return *timer_; }

      private:
        announcement& whose_;
        std::unique_ptr<io::timer> timer_;
    };

    std::vector<io::timer*> waiting_;
    bool made_ = false;
};

} // namespace cocql::client
