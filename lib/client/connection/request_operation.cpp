#include "client/connection/request_operation.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace cocql::client {

namespace asio = boost::asio;

request_operation::request_operation(protocol::cql_protocol& protocol, io::clock& clock,
                                     asio::any_io_executor executor, std::string endpoint)
    : protocol_(protocol),
      clock_(clock),
      executor_(std::move(executor)),
      endpoint_(std::move(endpoint)) {}

request_operation::~request_operation() {
    // Only when the coroutine is destroyed while it waits: the protocol must not keep our address.
    if (submitted_ && !ended_)
        protocol_.abandon(*this, clock_.now());
}

asio::awaitable<result<received_frame>> request_operation::run() {
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
        [this](auto handler) { begin(std::move(handler)); }, asio::use_awaitable);
    co_return std::move(*outcome_);
}

void request_operation::begin(asio::any_completion_handler<void()> handler) {
    handler_.emplace(std::move(handler));
    // Of the erased handler, which has put itself between the caller's slot and this one.
    slot_ = asio::get_associated_cancellation_slot(*handler_);
    if (slot_.is_connected())
        slot_.assign([this](asio::cancellation_type) { cancel(); });
    submitted_ = true;
    protocol_.submit(*this, clock_.now());
    // A request that failed at once is resumed from here through the executor's queue: resuming
    // inside the initiating function would run the coroutine while it is still being suspended.
    if (ended_) {
        auto waiting = std::move(*handler_);
        handler_.reset();
        slot_.clear();
        asio::post(executor_, [waiting = std::move(waiting)]() mutable { std::move(waiting)(); });
        return;
    }
    submitting_done_ = true;
}

void request_operation::response_received(wire::frame& frame) {
    ended_ = true;
    outcome_.emplace(received_frame(frame.header(), frame.take()));
    resume();
}

void request_operation::request_failed(error failure) {
    ended_ = true;
    outcome_.emplace(std::move(failure));
    resume();
}

void request_operation::forgotten() noexcept {
    ended_ = true;
    const auto waiting = std::move(handler_);
}

void request_operation::cancel() {
    if (ended_)
        return;
    ended_ = true;
    const auto known = protocol_.abandon(*this, clock_.now());
    outcome_.emplace(error(errc::cancelled, "the wait for the answer was cancelled")
                         .at(endpoint_)
                         .during(wire::to_string(message->opcode()))
                         .with(known));
    auto waiting = std::move(*handler_);
    handler_.reset();
    // Not inline: we are inside the caller's cancellation signal.
    asio::post(executor_, [waiting = std::move(waiting)]() mutable { std::move(waiting)(); });
}

void request_operation::resume() {
    if (!submitting_done_ || !handler_)
        return;
    slot_.clear();
    auto waiting = std::move(*handler_);
    handler_.reset();
    std::move(waiting)();
}

} // namespace cocql::client
