#pragma once

#include "client/connection/crossing.hpp"

#include <cocql/error.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace cocql::client {

/// A coroutine that runs on another executor than the one who waits for it. T is what it returns.
template <class T>
class visit_operation final : public crossing {
  public:
    visit_operation(std::shared_ptr<home> there, boost::asio::awaitable<T> work)
        : crossing(std::move(there)), work_(std::move(work)) {}

    /// After it is over.
    T take() {
        if (thrown_)
            std::rethrow_exception(thrown_);
        return std::move(*given_);
    }

  private:
    /// Hears of the end; or, destroyed without, that there is none.
    class ending {
      public:
        explicit ending(std::shared_ptr<visit_operation> whose) noexcept
            : whose_(std::move(whose)) {}
        ending(ending&&) noexcept = default;
        ending& operator=(ending&&) = delete;
        ~ending() {
            if (!whose_)
                return;
            whose_->let_go();
            whose_->lose();
        }
        void operator()(std::exception_ptr thrown, T given) {
            const auto whose = std::move(whose_);
            whose->thrown_ = std::move(thrown);
            whose->given_.emplace(std::move(given));
            whose->let_go();
            whose->come_back();
        }

      private:
        std::shared_ptr<visit_operation> whose_;
    };

    /// A coroutine of its own hears of terminal cancellation only, unless it says otherwise. What
    /// the caller's lets through is to arrive.
    static boost::asio::awaitable<T> hearing_every_cancellation(boost::asio::awaitable<T> work) {
        co_await boost::asio::this_coro::reset_cancellation_state(
            boost::asio::enable_total_cancellation());
        co_return co_await std::move(work);
    }

    void arrive() override {
        boost::asio::co_spawn(there(), hearing_every_cancellation(std::move(work_)),
                              boost::asio::bind_cancellation_slot(
                                  stop_.slot(), ending(std::static_pointer_cast<visit_operation>(
                                                    shared_from_this()))));
    }
    void cancel(boost::asio::cancellation_type type) override {
        stopping_ = true;
        stop_.emit(type);
        stopping_ = false;
        if (given_ || thrown_)
            let_go();
    }
    void be_lost() override {
        thrown_ = std::make_exception_ptr(
            error(errc::connection_closed, "the io_context of the connection was destroyed"));
    }

    /// Asio has left the executor there, whose end, if it is a strand, touches its context.
    void let_go() noexcept {
        if (!stopping_) // else it is being called
            stop_.slot().clear();
    }

    boost::asio::awaitable<T> work_;
    boost::asio::cancellation_signal stop_;
    bool stopping_ = false;
    std::exception_ptr thrown_;
    std::optional<T> given_;
};

/// Awaits work on the executor where it belongs, and comes back. Cancellation follows it there. On
/// that executor already it is awaited as it is.
template <class T>
boost::asio::awaitable<T> visit(std::shared_ptr<home> there, boost::asio::awaitable<T> work) {
    const auto here = co_await boost::asio::this_coro::executor;
    if (there->is_home_of(here))
        co_return co_await std::move(work);
    const auto operation = std::make_shared<visit_operation<T>>(there, std::move(work));
    auto begin = [&operation](auto&& handler) { operation->begin(std::move(handler)); };
    co_await boost::asio::async_initiate<const boost::asio::deferred_t&, void()>(
        begin, boost::asio::deferred);
    co_return operation->take();
}

/// The same for what ends something: where the context goes in the meantime, all of it has ended.
template <class T>
boost::asio::awaitable<void> visit_to_end(std::shared_ptr<home> there,
                                          boost::asio::awaitable<T> work) {
    try {
        auto visiting = visit(there, std::move(work));
        static_cast<void>(co_await std::move(visiting));
    } catch (const error&) {
        if (!there->is_gone())
            throw;
    }
}

} // namespace cocql::client
