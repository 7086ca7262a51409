#include "client/connection/submission.hpp"

namespace cocql::client {

void submission::take(const statement_options& options) noexcept {
    if (options.has_custom_payload())
        custom_payload = &options.custom_payload();
    tracing = options.tracing();
    busy = options.busy();
    limit_ = options.timeout_or(limit_);
}

error submission::not_open() {
    return error(errc::connection_closed, "the connection is not open");
}

error submission::out_of_time() {
    return error(errc::timed_out, "the request was given no time");
}

void submission::refuse(error why) {
    request_failed(why.at(owner_.where().to_string())
                       .during(wire::to_string(message->opcode()))
                       .with(request_outcome::not_sent));
}

error submission::give_up() {
    const auto known = owner_.protocol()->abandon(*this, owner_.clock().now());
    return error(errc::cancelled, "the wait for the answer was cancelled")
        .at(owner_.where().to_string())
        .during(wire::to_string(message->opcode()))
        .with(known);
}

void submission::abandon() noexcept {
    owner_.protocol()->abandon(*this, owner_.clock().now());
}

} // namespace cocql::client
