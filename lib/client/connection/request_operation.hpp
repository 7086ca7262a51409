#pragma once

#include "core/protocol/cql_protocol.hpp"
#include "io/bridge/clock.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <optional>

namespace cocql::client {

/// What a frame left behind: its header, and its body to keep.
class received_frame {
  public:
    received_frame(const wire::frame_header& header, base::shared_bytes body) noexcept
        : header(header), body(std::move(body)) {}
    wire::frame_header header;
    base::shared_bytes body;
};

/// One request of a coroutine: lives in its frame, suspends it once, and is resumed inline by the
/// reader.
///
/// To be used on the connection's executor. Asio cancellation of any type ends the wait; the answer
/// that is still owed then belongs to an orphan.
class request_operation final : public protocol::pending_request {
  public:
    request_operation(protocol::cql_protocol& protocol, io::clock& clock,
                      boost::asio::any_io_executor executor, std::string endpoint);
    ~request_operation() override;

    /// Submits the request, whose message, deadline and so on have been set, and waits for its end.
    boost::asio::awaitable<result<received_frame>> run();

  private:
    void response_received(wire::frame& frame) override;
    void request_failed(error failure) override;
    void forgotten() noexcept override;
    void begin(boost::asio::any_completion_handler<void()> handler);
    void cancel();
    void resume();

    protocol::cql_protocol& protocol_;
    io::clock& clock_;
    boost::asio::any_io_executor executor_;
    std::string endpoint_;
    std::optional<boost::asio::any_completion_handler<void()>> handler_;
    boost::asio::cancellation_slot slot_;
    std::optional<result<received_frame>> outcome_;
    bool submitted_ = false;
    bool submitting_done_ = false; ///< submit() has returned: resuming inline is safe
    bool ended_ = false;
};

} // namespace cocql::client
