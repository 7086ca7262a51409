#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <utility>
#include <vector>

namespace cocql::client {

/// Something that happens once and that any number of coroutines of one executor may wait for.
/// Waiters are resumed from the executor's queue.
class gate {
  public:
    explicit gate(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    bool is_open() const noexcept { return open_; }

    boost::asio::awaitable<void> wait() { return wait(nullptr); }

    /// Cancelling the wait calls `cancelled`, which is to make the gate open soon; the wait itself
    /// lasts until then.
    boost::asio::awaitable<void> wait(std::function<void()> cancelled) {
        if (open_)
            co_return;
        boost::asio::cancellation_slot slot; // gone with the handler, before we are resumed
        co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(
            [&](auto handler) {
                auto& waiter = waiting_.emplace_back(std::move(handler));
                // Of the erased handler, which has put itself between the caller's slot and this
                // one.
                slot = boost::asio::get_associated_cancellation_slot(waiter);
                if (slot.is_connected() && cancelled)
                    slot.assign([&](boost::asio::cancellation_type) { cancelled(); });
            },
            boost::asio::use_awaitable);
    }

    void open() {
        open_ = true;
        for (auto& waiter : take())
            boost::asio::post(executor_,
                              [waiter = std::move(waiter)]() mutable { std::move(waiter)(); });
    }

    /// The executor's context is being destroyed: hands the waiters over, to be destroyed without
    /// being resumed, and lets go of the executor.
    auto let_go() noexcept {
        executor_ = nullptr;
        return take();
    }

  private:
    using waiters = std::vector<boost::asio::any_completion_handler<void()>>;
    waiters take() noexcept { return std::exchange(waiting_, {}); }

    boost::asio::any_io_executor executor_;
    waiters waiting_;
    bool open_ = false;
};

} // namespace cocql::client
