#include "client/connection/request_operation.hpp"

namespace cocql::client {

void request_operation::let_go() noexcept {
    // When the coroutine is destroyed while it waits: the protocol must not keep our address.
    if (handler_ && !ended_)
        abandon();
    handler_.discard();
    put_away();
}

void request_operation::error_received(wire::frame& frame) {
    if (!goes_on_after(frame))
        response_received(frame);
}

void request_operation::response_received(wire::frame& frame) {
    ended_ = true;
    frame_ = &frame;
    if (handler_) [[likely]]
        resume();
}

void request_operation::request_failed(error failure) {
    stop_waiting(failure);
    ended_ = true;
    failure_ = std::move(failure);
    if (handler_)
        resume();
}

void request_operation::forgotten(request_outcome) noexcept {
    stop_waiting();
    ended_ = true;
    handler_.discard();
}

void request_operation::listen_to_slot() {
    slot_.assign([this](boost::asio::cancellation_type) { cancel(); });
}

void request_operation::leave_slot() noexcept {
    slot_.clear();
}

void request_operation::cancel() {
    if (ended_)
        return;
    ended_ = true;
    failure_ = give_up();
    // Not inline: we are inside the caller's cancellation signal.
    handler_.post(owner_.executor());
}

} // namespace cocql::client
