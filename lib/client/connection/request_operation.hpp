#pragma once

#include "client/connection/kept_handler.hpp"
#include "client/connection/submission.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace cocql::client {

/// One request of a coroutine that is on the connection's executor: lives in its frame, suspends it
/// once, and is resumed inline by the reader, so that the answer can be read where it was received.
///
/// Asio cancellation of any type ends the wait; the answer that is still owed then belongs to an
/// orphan.
class request_operation : public submission {
  public:
    [[gnu::always_inline]] explicit request_operation(implementation& owner) noexcept
        : submission(owner) {}
    /// Null options are the usual ones. Borrows everything until its end.
    request_operation(implementation& owner, const message::request& what,
                      const statement_options* options)
        : submission(owner) {
        say(what, options);
    }
    [[gnu::always_inline]] ~request_operation() override {
        if (handler_ || has_renewed()) [[unlikely]]
            let_go();
    }

    /// Submits the request; its deadline counts from then. The handler hears of its end. Once.
    template <class Handler>
    [[gnu::always_inline]] void begin(Handler&& handler) {
        submit();
        wait_with(std::forward<Handler>(handler));
    }
    /// The same, at a moment that is known.
    template <class Handler>
    [[gnu::always_inline]] void begin_at(base::time_point now, Handler&& handler) {
        submit_at(now);
        wait_with(std::forward<Handler>(handler));
    }
    /// Instead of it: nothing is sent, and that is why.
    template <class Handler>
    void begin_to_fail(Handler&& handler, error why) {
        ended_ = true;
        failure_ = std::move(why);
        const auto executor = boost::asio::get_associated_executor(handler);
        handler_.emplace(std::forward<Handler>(handler));
        handler_.post(executor);
    }
    // After it:

    /// Why there is no answer.
    const std::optional<error>& failure() const noexcept { return failure_; }
    /// The answer, while the handler runs; null where there is none.
    wire::frame* frame() noexcept { return frame_; }

  private:
    template <class Handler>
    [[gnu::always_inline]] void wait_with(Handler&& handler) {
        // Only now: it is not to be resumed while it is being suspended.
        slot_ = boost::asio::get_associated_cancellation_slot(handler);
        handler_.emplace(std::forward<Handler>(handler));
        if (ended_) [[unlikely]]
            return handler_.post(owner_.executor());
        if (slot_.is_connected()) [[unlikely]]
            listen_to_slot();
    }

    void response_received(wire::frame& frame) final;
    void error_received(wire::frame& frame) final;
    void request_failed(error failure) final;
    void forgotten(request_outcome known) noexcept final;
    void let_go() noexcept;
    // Apart: they would take the room of what every request needs in line.
    void listen_to_slot();
    [[gnu::noinline]] void leave_slot() noexcept;
    void cancel();
    void resume() noexcept {
        if (slot_.is_connected()) [[unlikely]]
            leave_slot();
        handler_.invoke(owner_.executor());
    }

    kept_handler handler_; ///< while somebody waits
    boost::asio::cancellation_slot slot_;
    wire::frame* frame_ = nullptr;
    std::optional<error> failure_;
    bool ended_ = false;
};

} // namespace cocql::client
