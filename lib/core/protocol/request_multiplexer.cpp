#include "core/protocol/request_multiplexer.hpp"

#include "core/wire/opcode.hpp"

#include <utility>

namespace cocql::protocol {

request_multiplexer::request_multiplexer(framing& framing, const protocol_settings& settings)
    : settings_(settings), writer_(framing, settings), slots_(settings.max_in_flight) {}

// --- sending

bool request_multiplexer::submit(pending_request& request) {
    if (can_send() && waiting_.empty()) {
        deadlines_.insert(request);
        send(request);
    } else if (request.busy == when_busy::refuse) {
        request.request_failed(failure_of(
            request, error(errc::connection_busy,
                           writing_paused_ ? "the write buffer is over its high-water mark"
                                           : "no stream id is free")));
        return false;
    } else {
        deadlines_.insert(request);
        waiting_.push_back(request);
    }
    return true;
}

void request_multiplexer::ask(pending_request& question) {
    send_on(slots_.has_spare() ? slots_.take_spare(question) : slots_.take(question), question);
}

void request_multiplexer::send_waiting(base::time_point now) {
    auto& request = waiting_.front();
    waiting_.remove(request);
    request.sent_after_waiting(now);
    send(request);
}

void request_multiplexer::refuse(pending_request& request) {
    auto why = writer_.take_failure();
    slots_.release(static_cast<std::int16_t>(request.stream_));
    deadlines_.remove(request);
    request.request_failed(why.at(settings_.endpoint)
                               .during(wire::to_string(request.message->opcode()))
                               .with(request_outcome::not_sent));
}

// --- answers

bool request_multiplexer::release_orphan(std::int16_t id) noexcept {
    if (slots_.state(id) != slot_table::slot_state::orphan)
        return false;
    slots_.release_orphan(id);
    return true;
}

// --- ends

void request_multiplexer::fail(pending_request& request, error why) {
    auto failure = failure_of(request, std::move(why));
    leave_queues(request);
    if (request.stream_ >= 0)
        slots_.release(static_cast<std::int16_t>(request.stream_));
    request.request_failed(std::move(failure));
}

void request_multiplexer::fail_waiting(const error& why) {
    while (!waiting_.empty())
        fail(waiting_.front(), why);
}

void request_multiplexer::fail_everything(const error& why) {
    // Handlers run inline and may abandon other requests: nothing is remembered between two of
    // them.
    while (auto* request = slots_.any_in_flight())
        fail(*request, why);
    fail_waiting(why);
    while (!parked_.empty())
        fail(parked_.front(), why);
}

void request_multiplexer::forget_everything() noexcept {
    while (auto* request = slots_.any_in_flight()) {
        // What is still in the buffer goes with it, though the transport does not know.
        const bool sent =
            transport_ == nullptr || transport_->bytes_handed_over() > request->queued_at_;
        const auto known = sent ? request_outcome::maybe_executed : request_outcome::not_sent;
        deadlines_.remove(*request);
        slots_.release(static_cast<std::int16_t>(request->stream_));
        request->forgotten(known);
    }
    for (auto* const those : {&waiting_, &parked_})
        while (!those->empty()) {
            auto& request = those->front();
            leave_queues(request);
            request.forgotten(request_outcome::not_sent);
        }
}

void request_multiplexer::leave_queues(pending_request& request) noexcept {
    deadlines_.remove(request);
    waiting_.remove(request);
    parked_.remove(request);
}

request_outcome request_multiplexer::abandon(pending_request& request,
                                             base::time_point now) noexcept {
    leave_queues(request);
    const auto outcome = outcome_of(request);
    if (request.stream_ >= 0)
        slots_.orphan(static_cast<std::int16_t>(request.stream_), now);
    return outcome;
}

request_outcome request_multiplexer::outcome_of(const pending_request& request) const noexcept {
    if (request.stream_ < 0)
        return request_outcome::not_sent;
    // What is in the buffer is still to leave, also when close() comes next, unless the transport
    // has dropped it.
    const bool sent = transport_ == nullptr || !transport_->is_closing() ||
                      transport_->bytes_handed_over() > request.queued_at_;
    return sent ? request_outcome::maybe_executed : request_outcome::not_sent;
}

error request_multiplexer::failure_of(const pending_request& request, error why) const {
    const auto code = why.code();
    return error(code, "the request failed")
        .at(settings_.endpoint)
        .during(wire::to_string(request.message->opcode()))
        .because(std::move(why))
        .with(outcome_of(request));
}

// --- what there is

std::size_t request_multiplexer::in_flight_besides(const pending_request& question) const noexcept {
    // On the spare id it is not counted.
    const bool counted = is_in_flight(question) && !slots_.has_spare();
    return slots_.in_flight() - (counted ? 1 : 0);
}

} // namespace cocql::protocol
