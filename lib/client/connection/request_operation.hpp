#pragma once

#include "client/connection/implementation.hpp"
#include "client/connection/kept_handler.hpp"
#include "core/protocol/cql_protocol.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <optional>
#include <utility>

namespace cocql::client {

/// One request of a coroutine: lives in its frame, suspends it once, and is resumed inline by the
/// reader, so that the answer can be read where it was received.
///
/// To be used on the connection's executor. Asio cancellation of any type ends the wait; the answer
/// that is still owed then belongs to an orphan.
class request_operation final : public protocol::pending_request {
  public:
    /// Null options are the usual ones. Borrows everything until its end.
    request_operation(implementation& owner, const message::request& what,
                      const statement_options* options)
        : owner_(owner), limit_(owner.options().request_timeout()) {
        message = &what;
        if (options != nullptr) [[unlikely]]
            take(*options);
    }
    ~request_operation() override {
        if (handler_) [[unlikely]]
            abandon();
    }

    /// Submits the request; its deadline counts from then. The handler hears of its end. Once.
    template <class Handler>
    [[gnu::always_inline]] void begin(Handler&& handler) {
        submit();
        // Only now: it is not to be resumed while it is being suspended.
        slot_ = boost::asio::get_associated_cancellation_slot(handler);
        handler_.emplace(std::forward<Handler>(handler));
        if (ended_) [[unlikely]]
            return handler_.post(owner_.executor());
        if (slot_.is_connected())
            slot_.assign([this](boost::asio::cancellation_type) { cancel(); });
    }
    // After it:

    /// Why there is no answer.
    const std::optional<error>& failure() const noexcept { return failure_; }
    /// The answer, while the handler runs; null where there is none.
    wire::frame* frame() noexcept { return frame_; }

  private:
    void response_received(wire::frame& frame) override;
    void request_failed(error failure) override;
    void forgotten() noexcept override;
    void take(const statement_options& options) noexcept;
    void submit() {
        // What waits a second or longer does not need to know the moment to the microsecond.
        auto now = owner_.clock().coarse_now();
        if (limit_) [[likely]] {
            if (*limit_ < std::chrono::seconds(1)) [[unlikely]] {
                if (*limit_ <= base::duration::zero())
                    return refuse(out_of_time());
                now = owner_.clock().now();
            }
            deadline = base::after(now, *limit_);
        }
        if (auto* const protocol = owner_.protocol()) [[likely]]
            return protocol->submit(*this, now);
        refuse(not_open());
    }
    void refuse(error why);
    static error not_open();
    static error out_of_time();
    void abandon() noexcept;
    void cancel();
    void resume() {
        if (slot_.is_connected())
            slot_.clear();
        handler_.invoke();
    }

    implementation& owner_;
    std::optional<base::duration> limit_; ///< for the answer
    kept_handler handler_;                ///< while somebody waits
    boost::asio::cancellation_slot slot_;
    wire::frame* frame_ = nullptr;
    std::optional<error> failure_;
    bool ended_ = false;
};

} // namespace cocql::client
