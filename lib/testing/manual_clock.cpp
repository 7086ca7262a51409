#include "testing/manual_clock.hpp"

#include "io/bridge/shutdown_registry.hpp"
#include "io/bridge/signal_event.hpp"

#include <utility>

namespace cocql::testing {

class manual_clock::manual_timer final : public io::timer, private io::shutdown_registry::member {
  public:
    manual_timer(std::shared_ptr<times> clock, const boost::asio::any_io_executor& executor)
        : clock_(std::move(clock)),
          woken_(executor),
          place_(clock_->timers.insert(clock_->timers.end(), this)) {
        join(boost::asio::query(executor, boost::asio::execution::context));
    }
    ~manual_timer() override {
        leave();
        clock_->timers.erase(place_);
    }

    boost::asio::awaitable<void> wait_until(base::time_point when) override {
        cancelled_ = false;
        waiting_ = true;
        until_ = when;
        while (!cancelled_ && clock_->now < when)
            co_await woken_.wait();
        waiting_ = false;
    }
    void cancel() override {
        cancelled_ = true;
        if (waiting_)
            woken_.notify();
    }
    void look_at_the_clock() {
        if (waiting_ && clock_->now >= until_)
            woken_.notify();
    }

  private:
    void context_destroyed() noexcept override { const auto sleeper = woken_.take(); }

    std::shared_ptr<times> clock_;
    io::signal_event woken_;
    std::list<manual_timer*>::iterator place_;
    base::time_point until_{};
    bool cancelled_ = false;
    bool waiting_ = false;
};

std::unique_ptr<io::timer> manual_clock::make_timer(boost::asio::any_io_executor executor) {
    return std::make_unique<manual_timer>(times_, executor);
}

void manual_clock::advance(base::duration time) {
    times_->now += time;
    for (auto* timer : times_->timers)
        timer->look_at_the_clock();
}

} // namespace cocql::testing
