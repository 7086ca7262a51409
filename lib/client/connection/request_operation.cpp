#include "client/connection/request_operation.hpp"

namespace cocql::client {

void request_operation::take(const statement_options& options) noexcept {
    if (options.has_custom_payload())
        custom_payload = &options.custom_payload();
    tracing = options.tracing();
    busy = options.busy();
    limit_ = options.timeout_or(limit_);
}

error request_operation::not_open() {
    return error(errc::connection_closed, "the connection is not open");
}

error request_operation::out_of_time() {
    return error(errc::timed_out, "the request was given no time");
}

void request_operation::refuse(error why) {
    request_failed(why.at(owner_.where().to_string())
                       .during(wire::to_string(message->opcode()))
                       .with(request_outcome::not_sent));
}

void request_operation::abandon() noexcept {
    // Only when the coroutine is destroyed while it waits: the protocol must not keep our address.
    if (!ended_)
        owner_.protocol()->abandon(*this, owner_.clock().now());
    handler_.discard();
}

void request_operation::response_received(wire::frame& frame) {
    ended_ = true;
    frame_ = &frame;
    if (handler_) [[likely]]
        resume();
}

void request_operation::request_failed(error failure) {
    ended_ = true;
    failure_ = std::move(failure);
    if (handler_)
        resume();
}

void request_operation::forgotten() noexcept {
    ended_ = true;
    handler_.discard();
}

void request_operation::cancel() {
    if (ended_)
        return;
    ended_ = true;
    const auto known = owner_.protocol()->abandon(*this, owner_.clock().now());
    failure_ = std::move(error(errc::cancelled, "the wait for the answer was cancelled")
                             .at(owner_.where().to_string())
                             .during(wire::to_string(message->opcode()))
                             .with(known));
    // Not inline: we are inside the caller's cancellation signal.
    handler_.post(owner_.executor());
}

} // namespace cocql::client
