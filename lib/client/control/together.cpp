#include "client/control/together.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <utility>

namespace cocql::client {

namespace asio = boost::asio;

namespace {

/// Whoever waits for several coroutines. Kept by nothing but them: where the context is destroyed
/// it goes with the last of them.
class companion : public std::enable_shared_from_this<companion> {
  public:
    companion(asio::any_io_executor executor, std::exception_ptr& thrown)
        : executor_(std::move(executor)), thrown_(thrown) {}

    template <class Handler>
    void wait(Handler&& handler) {
        slot_ = asio::get_associated_cancellation_slot(handler);
        waiter_ =
            std::make_unique<asio::any_completion_handler<void()>>(std::forward<Handler>(handler));
        if (slot_.is_connected())
            slot_.assign([this](asio::cancellation_type type) { cancel(type); });
    }
    void begin(asio::awaitable<void> work) {
        ++left_;
        auto& one = all_.emplace_back();
        asio::co_spawn(
            executor_, std::move(work),
            asio::bind_cancellation_slot(one.cancelled.slot(),
                                         [self = shared_from_this(), &one](std::exception_ptr why) {
                                             one.over = true;
                                             self->ended(std::move(why));
                                         }));
    }

  private:
    struct one_of_them {
        asio::cancellation_signal cancelled;
        bool over = false;
    };

    void cancel(asio::cancellation_type type) {
        for (auto& each : all_)
            if (!each.over)
                each.cancelled.emit(type);
    }
    void ended(std::exception_ptr why) {
        if (why && !thrown_)
            thrown_ = std::move(why);
        if (--left_ != 0)
            return;
        if (slot_.is_connected())
            slot_.clear();
        asio::post(executor_, [waiter = std::move(*waiter_)]() mutable { std::move(waiter)(); });
        waiter_.reset();
    }

    asio::any_io_executor executor_;
    std::unique_ptr<asio::any_completion_handler<void()>> waiter_;
    asio::cancellation_slot slot_; ///< of the waiter
    std::deque<one_of_them> all_;
    std::size_t left_ = 0;
    std::exception_ptr& thrown_; ///< of the one who waits
};

} // namespace

asio::awaitable<void> together(std::vector<asio::awaitable<void>> work) {
    if (work.empty())
        co_return;
    const auto executor = co_await asio::this_coro::executor;
    std::exception_ptr thrown;
    auto begin = [&](auto&& handler) {
        const auto who = std::make_shared<companion>(executor, thrown);
        who->wait(std::move(handler));
        for (auto& each : work)
            who->begin(std::move(each));
    };
    co_await asio::async_initiate<const asio::deferred_t&, void()>(begin, asio::deferred);
    if (thrown)
        std::rethrow_exception(thrown);
}

} // namespace cocql::client
