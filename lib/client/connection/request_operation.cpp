#include "client/connection/request_operation.hpp"

namespace cocql::client {

void request_operation::let_go() noexcept {
    // Only when the coroutine is destroyed while it waits: the protocol must not keep our address.
    if (!ended_)
        abandon();
    handler_.discard();
}

void request_operation::response_received(wire::frame& frame) {
    if (frame.header().opcode == wire::opcode::error) [[unlikely]]
        if (goes_on_after(frame))
            return;
    ended_ = true;
    frame_ = &frame;
    if (handler_) [[likely]]
        resume();
}

void request_operation::request_failed(error failure) {
    stop_waiting();
    ended_ = true;
    failure_ = std::move(failure);
    if (handler_)
        resume();
}

void request_operation::forgotten() noexcept {
    stop_waiting();
    ended_ = true;
    handler_.discard();
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
