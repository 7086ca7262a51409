#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace cocql::detail {

/// What the cancellation slot of a completion handler is told, for the coroutine that works for
/// that handler. Given the slot itself, Boost's co_spawn() never calls the handler where that comes
/// before the coroutine has begun, or when it has ended without waiting for anything: an exception
/// leaves the executor's run() in its place. And it posts the address of what is gone with the
/// signal (Boost 1.81).
class handler_cancellation : public std::enable_shared_from_this<handler_cancellation> {
  public:
    /// Of the coroutine.
    explicit handler_cancellation(boost::asio::any_io_executor executor) noexcept
        : executor_(std::move(executor)) {}

    /// What co_spawn() is given.
    boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }
    /// Whatever becomes of this: the signal is the application's. It keeps nothing of this, whose
    /// executor may be a strand, and that may not outlive its io_context.
    void listen_to(boost::asio::cancellation_slot slot) {
        slot.assign([weak = weak_from_this()](boost::asio::cancellation_type type) {
            if (const auto self = weak.lock())
                self->tell(type);
        });
    }

    // By the coroutine:

    /// From now on it is cancelled; whether it has been before.
    bool begin() noexcept { return (state_.fetch_or(begun) & any) != 0; }
    /// It is not cancelled any more.
    void end() noexcept { state_.fetch_or(over); }

  private:
    // Beside the types of cancellation that came.
    static constexpr unsigned any = static_cast<unsigned>(boost::asio::cancellation_type::all);
    static constexpr unsigned begun = 0x1'0000;
    static constexpr unsigned over = 0x2'0000;

    void tell(boost::asio::cancellation_type type) {
        if ((state_ & over) == 0)
            boost::asio::dispatch(executor_,
                                  [self = shared_from_this(), type] { self->hear(type); });
    }
    void hear(boost::asio::cancellation_type type) {
        const auto before = state_.fetch_or(static_cast<unsigned>(type) & any);
        if ((before & (begun | over)) == begun)
            signal_.emit(type);
    }

    boost::asio::any_io_executor executor_;
    boost::asio::cancellation_signal signal_;
    std::atomic<unsigned> state_ = 0;
};

} // namespace cocql::detail
