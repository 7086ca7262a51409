#include "client/connection/request_operation.hpp"

#include "client/connection/implementation.hpp"

#include <utility>

namespace cocql::client {

request_operation::request_operation(implementation& owner, const message::request& what,
                                     const statement_options& options)
    : owner_(owner), begun_at_(owner.clock().now()) {
    message = &what;
    if (options.has_custom_payload())
        custom_payload = &options.custom_payload();
    tracing = options.tracing();
    busy = options.busy();
    if (const auto limit = options.timeout_or(owner.options().request_timeout()))
        deadline = begun_at_ + *limit;
}

request_operation::~request_operation() {
    // Only when the coroutine is destroyed while it waits: the protocol must not keep our address.
    if (submitted_ && !ended_)
        owner_.protocol()->abandon(*this, owner_.clock().now());
}

void request_operation::submit() {
    if (auto* const protocol = owner_.protocol()) {
        submitted_ = true;
        protocol->submit(*this, begun_at_);
    } else {
        request_failed(error(errc::connection_closed, "the connection is not open")
                           .at(owner_.where().to_string())
                           .during(wire::to_string(message->opcode()))
                           .with(request_outcome::not_sent));
    }
    // A request that failed at once is resumed from here through the executor's queue: resuming
    // inside the initiating function would run the coroutine while it is still being suspended.
    if (ended_) {
        slot_.clear();
        handler_.post(owner_.executor());
        return;
    }
    submitting_done_ = true;
}

void request_operation::response_received(wire::frame& frame) {
    ended_ = true;
    frame_ = &frame;
    resume();
}

void request_operation::request_failed(error failure) {
    ended_ = true;
    failure_ = std::move(failure);
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

void request_operation::resume() {
    if (!submitting_done_ || !handler_)
        return;
    slot_.clear();
    handler_.invoke();
}

} // namespace cocql::client
