#pragma once

#include "client/connection/kept_handler.hpp"
#include "core/protocol/cql_protocol.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>

#include <optional>

namespace cocql::client {

class implementation;

/// What a frame left behind: its header, and its body to keep.
class received_frame {
  public:
    received_frame(const wire::frame_header& header, base::shared_bytes body) noexcept
        : header(header), body(std::move(body)) {}
    wire::frame_header header;
    base::shared_bytes body;
};

/// One request of a coroutine: lives in its frame, suspends it once, and is resumed inline by the
/// reader, so that the answer can be read where it was received.
///
/// To be used on the connection's executor. Asio cancellation of any type ends the wait; the answer
/// that is still owed then belongs to an orphan.
class request_operation final : public protocol::pending_request {
  public:
    /// To be made when the request is; the deadline counts from then. Borrows everything until
    /// finished() has returned.
    request_operation(implementation& owner, const message::request& message,
                      const statement_options& options);
    ~request_operation() override;

    /// To be awaited once: submits the request and waits for its end. Costs no coroutine of its
    /// own.
    auto finished() {
        return boost::asio::async_initiate<const boost::asio::deferred_t&, void()>(
            [this](auto handler) { begin(std::move(handler)); }, boost::asio::deferred);
    }
    // After finished():

    /// Why there is no answer.
    const std::optional<error>& failure() const noexcept { return failure_; }
    /// The answer, until the coroutine suspends the next time.
    wire::frame& frame() noexcept { return *frame_; }

  private:
    void response_received(wire::frame& frame) override;
    void request_failed(error failure) override;
    void forgotten() noexcept override;
    template <class Handler>
    void begin(Handler handler) {
        slot_ = boost::asio::get_associated_cancellation_slot(handler);
        handler_.emplace(std::move(handler));
        if (slot_.is_connected())
            slot_.assign([this](boost::asio::cancellation_type) { cancel(); });
        submit();
    }
    void submit();
    void cancel();
    void resume();

    implementation& owner_;
    base::time_point begun_at_;
    kept_handler handler_;
    boost::asio::cancellation_slot slot_;
    wire::frame* frame_ = nullptr;
    std::optional<error> failure_;
    bool submitted_ = false;
    bool submitting_done_ = false; ///< submit() has returned: resuming inline is safe
    bool ended_ = false;
};

} // namespace cocql::client
