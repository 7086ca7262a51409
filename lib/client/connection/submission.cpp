#include "client/connection/submission.hpp"

#include "client/connection/work.hpp"
#include "core/message/decode_response.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace cocql::client {

error submission::only_of_session() {
    return error(errc::invalid_argument,
                 "an execution profile and a route are a session's: this is one connection");
}

void submission::take(const statement_options& options) {
    if (options.is_of_session() && !is_of_session())
        throw about(only_of_session(), owner_, *message, request_outcome::not_sent);
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
    stop_waiting();
    const auto last = owner_.protocol()->abandon(*this, owner_.clock().now());
    return error(errc::cancelled, "the wait for the answer was cancelled")
        .at(owner_.where().to_string())
        .during(wire::to_string(message->opcode()))
        .with(known(last));
}

void submission::abandon() noexcept {
    stop_waiting();
    owner_.protocol()->abandon(*this, owner_.clock().now());
}

// --- statements that the server has forgotten

bool submission::goes_on_after(wire::frame& frame) {
    const auto said = message::decode_error(frame.header(), frame.body());
    const auto* const server = said.server();
    const auto* const unprepared =
        server != nullptr ? std::get_if<unprepared_details>(&server->details) : nullptr;
    if (unprepared == nullptr)
        return false;
    const auto& id = unprepared->statement_id;
    const auto statement = statement_of(id);
    if (statement == nullptr)
        return false;
    if (renewing_ == nullptr)
        renewing_ = new renewing;
    auto& preparations = owner_.preparing_again();
    const auto meanwhile =
        renewing_->was_sent_again ? nullptr : preparations.prepared_since(statement, *this);
    if (meanwhile != nullptr) {
        renewing_->was_sent_again = true;
        renewed(meanwhile);
        return true;
    }
    // A server that forgets it at once would be asked for ever.
    auto& ids = renewing_->ids;
    if (std::find(ids.begin(), ids.end(), id) != ids.end())
        return false;
    ids.push_back(id);
    preparations.prepare_again(statement, *this);
    return true;
}

void submission::renewed(const preparations::statement& statement) {
    take_renewed(statement);
    auto* const protocol = owner_.protocol();
    const auto now = owner_.clock().coarse_now();
    protocol->unpark(*this);
    protocol->submit_again(*this, now);
}

void submission::not_renewed(const error& why) {
    owner_.protocol()->unpark(*this);
    auto failure = why;
    // Whatever became of PREPARE: this was not executed.
    request_failed(failure.at(owner_.where().to_string())
                       .during(wire::to_string(message->opcode()))
                       .with(request_outcome::answered));
}

void submission::leave_renewal() noexcept {
    if (auto* const renewal = std::exchange(renewing_->waits_for, nullptr))
        renewal->remove(*this);
}

void submission::put_away() noexcept {
    delete std::exchange(renewing_, nullptr);
}

} // namespace cocql::client
