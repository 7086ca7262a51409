#pragma once

#include <cocql/bound_statement.hpp>
#include <cocql/handler_cancellation.hpp>
#include <cocql/page.hpp>
#include <cocql/page_handler.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace cocql {

class page_operation;

namespace detail {

/// Where page_operators.hpp has the operators, to be found by their operands alone: in cocql itself
/// they would hide those that a program there uses from Asio.
namespace joining {
class operand {};
} // namespace joining

/// What executes bound statements: a connection or a session.
class page_target {
  public:
    /// Begins what was asked of this one; the handler hears of its end, on its executor and not
    /// before the call has returned.
    virtual void begin(page_operation&& what, page_handler&& who) = 0;
    /// Where its handlers run that say nothing of it; empty where that is gone.
    virtual boost::asio::any_io_executor usual_executor() const = 0;

  protected:
    page_target() = default;
    page_target(const page_target&) = delete;
    page_target& operator=(const page_target&) = delete;
    ~page_target() = default;
};

} // namespace detail

/// The execution of a bound statement, which begins when it is awaited: what execute() of a
/// connection and of a session returns.
///
///     const auto page = co_await session.execute(find, 7);
///
/// To be awaited, once and as a temporary or by std::move(), by a coroutine of
/// boost::asio::awaitable; this has no coroutine of its own, and costs less than one. It is also
/// all that Asio can begin: called with a completion token for void(std::exception_ptr, page) it
/// serves callbacks and futures, called without arguments it is what co_spawn() takes, and it
/// converts to an awaitable. `||` and `&&` of two operations, or of one and an awaitable, are those
/// of boost::asio::experimental::awaitable_operators.
///
/// One that is thrown away unawaited executes nothing, and so does `asio::post(executor,
/// session.execute(…))`, which calls it and forgets what it gets: use co_spawn().
///
/// Errors and cancellation as session::query() and connection::query(). One that was awaited before
/// fails with errc::invalid_argument.
class [[nodiscard]] page_operation : detail::joining::operand {
  public:
    /// The target may be null where the statement says what is wrong.
    page_operation(std::shared_ptr<detail::page_target> target,
                   detail::binding&& statement) noexcept
        : target_(std::move(target)), statement_(std::move(statement)) {}
    page_operation(page_operation&&) noexcept = default;
    page_operation& operator=(page_operation&&) noexcept = default;

    template <boost::asio::completion_token_for<void(std::exception_ptr, page)> Token>
    decltype(auto) operator()(Token&& token) && {
        return boost::asio::async_initiate<Token, void(std::exception_ptr, page)>(
            beginning(), token, std::move(*this));
    }
    boost::asio::awaitable<page> operator()(const boost::asio::use_awaitable_t<>&) && {
        return awaited(std::move(*this));
    }
    // Not only of a temporary: co_spawn() calls what it keeps.
    boost::asio::awaitable<page> operator()() { return awaited(std::move(*this)); }
    operator boost::asio::awaitable<page>() && { return awaited(std::move(*this)); }

    // For targets:

    detail::binding take_statement() noexcept { return std::move(statement_); }
    template <class Target>
    std::shared_ptr<Target> take_target() noexcept {
        return std::static_pointer_cast<Target>(std::move(target_));
    }

  private:
    struct beginning {
        template <class Handler>
        void operator()(Handler&& handler, page_operation&& what) const {
            if constexpr (std::is_same_v<std::decay_t<Handler>, detail::page_handler>)
                what.begin(std::move(handler));
            else
                what.begin_for(std::forward<Handler>(handler));
        }
    };

    void begin(detail::page_handler&& who) {
        if (target_ == nullptr) [[unlikely]]
            return begin_to_fail(std::move(who));
        auto& target = *target_;
        target.begin(std::move(*this), std::move(who));
    }
    void begin_to_fail(detail::page_handler&& who);
    /// By a coroutine on the handler's executor, as if it had been given to co_spawn(), but
    /// cancelled by whatever the handler's slot is told.
    template <class Handler>
    void begin_for(Handler&& handler) {
        const auto usual = usual_executor();
        const auto executor = boost::asio::get_associated_executor(handler, usual);
        using own = std::decay_t<decltype(executor)>;
        const auto slot = boost::asio::get_associated_cancellation_slot(handler);
        if constexpr (std::convertible_to<own, boost::asio::any_io_executor>) {
            const boost::asio::any_io_executor there(executor);
            if (slot.is_connected())
                begin_on(there, slot, called(std::forward<Handler>(handler)));
            else
                boost::asio::co_spawn(there, awaited(std::move(*this)),
                                      std::forward<Handler>(handler));
        } else if (slot.is_connected()) {
            begin_on(usual, slot,
                     boost::asio::bind_executor(executor, called(std::forward<Handler>(handler))));
        } else {
            boost::asio::co_spawn(usual, awaited(std::move(*this)), std::forward<Handler>(handler));
        }
    }
    /// Without what belongs to it: Boost 1.81 cannot bind another slot to what one is bound to.
    template <class Handler>
    static auto called(Handler&& handler) {
        return [handler = std::forward<Handler>(handler)](std::exception_ptr thrown,
                                                          page given) mutable {
            std::move(handler)(std::move(thrown), std::move(given));
        };
    }
    template <class Called>
    void begin_on(const boost::asio::any_io_executor& executor, boost::asio::cancellation_slot slot,
                  Called&& handler) {
        auto cancellation = std::make_shared<detail::handler_cancellation>(executor);
        cancellation->listen_to(slot);
        const auto own = cancellation->slot();
        boost::asio::co_spawn(
            executor, cancellable(std::move(*this), std::move(cancellation)),
            boost::asio::bind_cancellation_slot(own, std::forward<Called>(handler)));
    }
    /// Kept by co_spawn() to the end.
    class cancellable {
      public:
        cancellable(page_operation&& what,
                    std::shared_ptr<detail::handler_cancellation> cancellation) noexcept
            : target_(std::move(what.target_)),
              statement_(std::move(what.statement_)),
              cancellation_(std::move(cancellation)) {}
        cancellable(cancellable&&) noexcept = default;
        ~cancellable() {
            if (cancellation_ != nullptr)
                cancellation_->end();
        }
        boost::asio::awaitable<page> operator()() {
            return awaited(page_operation(std::move(target_), std::move(statement_)),
                           *cancellation_);
        }

      private:
        std::shared_ptr<detail::page_target> target_;
        detail::binding statement_;
        std::shared_ptr<detail::handler_cancellation> cancellation_;
    };
    /// Never empty.
    boost::asio::any_io_executor usual_executor() const;
    static boost::asio::awaitable<page> awaited(page_operation what);
    static boost::asio::awaitable<page> awaited(page_operation what,
                                                detail::handler_cancellation& cancellation);

    std::shared_ptr<detail::page_target> target_;
    detail::binding statement_;
};

} // namespace cocql
