#include "testing/manual_clock.hpp"

#include "io/bridge/shutdown_registry.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace cocql::testing {

class manual_clock::manual_timer final : public io::timer, private io::shutdown_registry::member {
  public:
    manual_timer(std::shared_ptr<times> clock, const boost::asio::any_io_executor& executor)
        : clock_(std::move(clock)),
          executor_(executor),
          place_(clock_->timers.insert(clock_->timers.end(), this)) {
        join(boost::asio::query(executor, boost::asio::execution::context));
    }
    ~manual_timer() override {
        leave();
        clock_->timers.erase(place_);
    }

    void begin_wait(base::time_point when, handler woken) override {
        until_ = when;
        sleeper_.emplace(std::move(woken));
        look_at_the_clock();
    }
    void cancel() override {
        if (auto sleeper = take())
            boost::asio::post(executor_,
                              [sleeper = std::move(*sleeper)]() mutable { std::move(sleeper)(); });
    }
    base::time_point waits_until() const noexcept { return sleeper_ ? until_ : base::never; }
    void look_at_the_clock() {
        if (clock_->now >= until_)
            cancel();
    }

  private:
    void context_destroyed() noexcept override { const auto sleeper = take(); }
    std::optional<handler> take() noexcept {
        auto sleeper = std::move(sleeper_);
        sleeper_.reset();
        return sleeper;
    }

    std::shared_ptr<times> clock_;
    boost::asio::any_io_executor executor_;
    std::optional<handler> sleeper_;
    std::list<manual_timer*>::iterator place_;
    base::time_point until_{};
};

std::unique_ptr<io::timer> manual_clock::make_timer(boost::asio::any_io_executor executor) {
    return std::make_unique<manual_timer>(times_, executor);
}

void manual_clock::advance(base::duration time) {
    times_->now += time;
    for (auto* timer : times_->timers)
        timer->look_at_the_clock();
}

base::time_point manual_clock::next() const noexcept {
    auto earliest = base::never;
    for (const auto* timer : times_->timers)
        earliest = std::min(earliest, timer->waits_until());
    return earliest;
}

} // namespace cocql::testing
