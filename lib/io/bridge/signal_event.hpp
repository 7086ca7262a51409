#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

#include <optional>
#include <utility>

namespace cocql::io {

/// Lets one coroutine sleep until another part of the same executor wakes it.
///
/// A wake-up that comes while nobody sleeps is remembered (once). The sleeper is resumed from the
/// executor's queue, not inside notify(): everything that happens in one turn of the loop is seen
/// by one wake-up. That is how many frames come to leave in one write. Whoever knows that it was
/// the turn's last uses resume().
class signal_event {
  public:
    explicit signal_event(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// To be awaited at once. Not a coroutine: a frame for every turn of the loop would be one more
    /// than Asio keeps for the next.
    auto wait() {
        return boost::asio::async_initiate<const boost::asio::deferred_t&, void()>(
            [this](auto handler) {
                if (std::exchange(notified_, false))
                    std::move(handler)();
                else
                    sleeper_.emplace(std::move(handler));
            },
            boost::asio::deferred);
    }

    void notify() {
        if (auto sleeper = woken())
            boost::asio::post(executor_,
                              [sleeper = std::move(*sleeper)]() mutable { std::move(sleeper)(); });
    }
    /// The same, here and now: at the end of a turn it saves the way through the queue.
    void resume() {
        if (auto sleeper = woken()) {
            auto& handler = *sleeper;
            std::move(handler)();
        }
    }

    using sleeper_handler = std::optional<boost::asio::any_completion_handler<void()>>;
    /// Hands the sleeper over, to be destroyed without being woken.
    sleeper_handler take() noexcept {
        auto sleeper = std::move(sleeper_);
        sleeper_.reset();
        return sleeper;
    }

  private:
    sleeper_handler woken() noexcept {
        notified_ = !sleeper_;
        return take();
    }

    boost::asio::any_io_executor executor_;
    /// In an optional: assigning to an any_completion_handler recurses for ever in Asio 1.26.
    sleeper_handler sleeper_;
    bool notified_ = false;
};

} // namespace cocql::io
