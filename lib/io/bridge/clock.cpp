#include "io/bridge/clock.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <ctime>
#include <utility>

namespace cocql::io {

namespace asio = boost::asio;

namespace {

/// Why it is woken makes no difference.
class woken_sleeper {
  public:
    using cancellation_slot_type = asio::cancellation_slot;

    explicit woken_sleeper(timer::handler who) noexcept : who_(std::move(who)) {}
    cancellation_slot_type get_cancellation_slot() const noexcept {
        return asio::get_associated_cancellation_slot(who_);
    }
    void operator()(const boost::system::error_code&) { std::move(who_)(); }

  private:
    timer::handler who_;
};

class steady_timer final : public timer {
  public:
    explicit steady_timer(asio::any_io_executor executor) : timer_(std::move(executor)) {}

    void begin_wait(base::time_point when, handler woken) override {
        timer_.expires_at(when);
        timer_.async_wait(woken_sleeper(std::move(woken)));
    }

    void cancel() override { timer_.cancel(); }

  private:
    asio::steady_timer timer_;
};

#ifdef CLOCK_MONOTONIC_COARSE
std::chrono::nanoseconds duration_of(const timespec& time) noexcept {
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::chrono::nanoseconds coarse_tick() noexcept {
    timespec tick{};
    ::clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
    return duration_of(tick);
}
#endif

class real_clock final : public clock {
  public:
    base::time_point now() const noexcept override { return base::time_point::clock::now(); }
#ifdef CLOCK_MONOTONIC_COARSE
    // The system tells when its last tick was. The next one may have been due already, for ticks
    // come late; the one after it is not before now.
    base::time_point coarse_now() const noexcept override {
        timespec last{};
        ::clock_gettime(CLOCK_MONOTONIC_COARSE, &last);
        return base::time_point(duration_of(last) + two_ticks_);
    }
#endif
    std::unique_ptr<timer> make_timer(asio::any_io_executor executor) override {
        return std::make_unique<steady_timer>(std::move(executor));
    }

#ifdef CLOCK_MONOTONIC_COARSE
  private:
    std::chrono::nanoseconds two_ticks_ = 2 * coarse_tick();
#endif
};

} // namespace

clock& steady_clock() noexcept {
    static real_clock instance;
    return instance;
}

} // namespace cocql::io
