#include "testing/manual_clock.hpp"

#include "io/bridge/signal_event.hpp"

namespace cocql::testing {

class manual_clock::manual_timer final : public io::timer {
  public:
    manual_timer(manual_clock& clock, boost::asio::any_io_executor executor)
        : clock_(clock),
          woken_(std::move(executor)),
          place_(clock.timers_.insert(clock.timers_.end(), this)) {}
    ~manual_timer() override { clock_.timers_.erase(place_); }

    boost::asio::awaitable<void> wait_until(base::time_point when) override {
        cancelled_ = false;
        waiting_ = true;
        until_ = when;
        while (!cancelled_ && clock_.now() < when)
            co_await woken_.wait();
        waiting_ = false;
    }
    void cancel() override {
        cancelled_ = true;
        if (waiting_)
            woken_.notify();
    }
    void look_at_the_clock() {
        if (waiting_ && clock_.now() >= until_)
            woken_.notify();
    }

  private:
    manual_clock& clock_;
    io::signal_event woken_;
    std::list<manual_timer*>::iterator place_;
    base::time_point until_{};
    bool cancelled_ = false;
    bool waiting_ = false;
};

std::unique_ptr<io::timer> manual_clock::make_timer(boost::asio::any_io_executor executor) {
    return std::make_unique<manual_timer>(*this, std::move(executor));
}

void manual_clock::advance(base::duration time) {
    now_ += time;
    for (auto* timer : timers_)
        timer->look_at_the_clock();
}

} // namespace cocql::testing
