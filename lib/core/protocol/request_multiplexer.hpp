#pragma once

#include "core/protocol/deadline_queue.hpp"
#include "core/protocol/framing.hpp"
#include "core/protocol/pending_request.hpp"
#include "core/protocol/protocol_settings.hpp"
#include "core/protocol/request_writer.hpp"
#include "core/protocol/slot_table.hpp"
#include "core/protocol/transport.hpp"
#include "core/protocol/waiting_queue.hpp"

#include <cocql/error.hpp>

#include <cstdint>

namespace cocql::protocol {

/// The requests of one connection, from their submission to their end: those in flight, each on a
/// stream id of its own (native_protocol_v4.spec, section 2.3), those that wait for an id or for
/// room in the write buffer, first come first served, and the deadlines of both.
///
/// It knows nothing of what a connection is doing, and calls nobody but the requests and the
/// transport. Handlers of requests are called inline, and may come back from there: nothing is
/// remembered across a call of one.
class request_multiplexer {
  public:
    /// Borrows both.
    request_multiplexer(framing& framing, const protocol_settings& settings);
    request_multiplexer(const request_multiplexer&) = delete;
    request_multiplexer& operator=(const request_multiplexer&) = delete;

    /// Before anything is sent.
    void write_to(transport& transport) {
        transport_ = &transport;
        writer_.write_to(transport);
    }
    void transport_lost() noexcept { transport_ = nullptr; }

    // --- sending

    /// The write buffer is over its high-water mark: what is submitted waits.
    void pause_writing() noexcept { writing_paused_ = true; }
    void resume_writing() noexcept { writing_paused_ = false; }
    bool is_writing_paused() const noexcept { return writing_paused_; }

    /// Sends the request where it is the usual one: an id was freed, nobody waits, and its deadline
    /// is the latest. Otherwise returns false, and nothing has happened: submit() it.
    bool submit_usual(pending_request& request) {
        // A freed id means that the table is not full.
        if (writing_paused_ || !slots_.has_freed() || !waiting_.empty() ||
            !deadlines_.append(request)) [[unlikely]]
            return false;
        send_on(slots_.take_freed(request), request);
        return true;
    }
    /// Sends the request or lets it wait. False: it would have to wait and does not want to, and
    /// its request_failed() was called.
    bool submit(pending_request& request);
    /// For the connection's own requests: sends it whatever is paused, without a deadline. There
    /// must be an id.
    void send(pending_request& request) { send_on(slots_.take(request), request); }
    /// Whether there is an id for the connection's own question.
    bool can_ask() const noexcept { return slots_.has_spare() || !slots_.full(); }
    /// The same as send(), on the spare id if there is one.
    void ask(pending_request& question);
    /// Whether send_waiting() is to be called: somebody waits, and need not any more.
    bool can_send_waiting() const noexcept { return !waiting_.empty() && can_send(); }
    /// Sends the one that has waited longest.
    void send_waiting(base::time_point now);

    // --- answers

    /// The request on this id, whose answer has come: it is here no more, and the id is free. Null
    /// when none waits for an answer there.
    pending_request* take_answered(std::int16_t id) noexcept {
        auto* const request = slots_.release_taken(id);
        if (request != nullptr) [[likely]]
            deadlines_.remove(*request);
        return request;
    }
    /// The answer to a request that was given up has come: frees the id. False when it is not one
    /// of those.
    bool release_orphan(std::int16_t id) noexcept;

    // --- ends

    /// Fails the request, which is in flight or waits, by its request_failed().
    void fail(pending_request& request, error why);
    /// Fails those that wait.
    void fail_waiting(const error& why);
    /// Fails those in flight, then those that wait, then those that are parked.
    void fail_everything(const error& why);
    /// Lets go of all of them by their forgotten().
    void forget_everything() noexcept;
    /// Forgets the request without calling it; an answer still owed makes its id an orphan. Returns
    /// what is known of its execution.
    request_outcome abandon(pending_request& request, base::time_point now) noexcept;
    /// What a request is told that fails for this reason.
    error failure_of(const pending_request& request, error why) const;

    // --- deadlines

    /// The request, which is not sent, has a deadline and an end here all the same; until it is
    /// unparked or abandoned.
    void park(pending_request& request) {
        deadlines_.insert(request);
        parked_.push_back(request);
    }
    void unpark(pending_request& request) noexcept {
        deadlines_.remove(request);
        parked_.remove(request);
    }
    /// The request, which is in flight or waits, has this one from now on.
    void give_deadline(pending_request& request, base::time_point when) {
        deadlines_.remove(request);
        request.deadline = when;
        deadlines_.insert(request);
    }
    /// base::never without any.
    base::time_point earliest_deadline() const noexcept { return deadlines_.earliest(); }
    /// Whose that is; there must be one.
    pending_request& earliest() const noexcept { return deadlines_.top(); }
    std::size_t deadlines() const noexcept { return deadlines_.size(); }

    // --- what there is

    bool is_in_flight(const pending_request& request) const noexcept {
        return request.stream_ >= 0;
    }
    /// To be sent, or for somebody else.
    bool is_waiting(const pending_request& request) const noexcept {
        return waiting_.has(request) || parked_.has(request);
    }
    /// Of all bytes ever queued, where the next request goes; once there is a transport.
    std::uint64_t position() const noexcept {
        return transport_->bytes_handed_over() + writer_.written();
    }
    /// Whether the request, which was sent here, was queued before that.
    static bool was_queued_before(std::uint64_t position, const pending_request& request) noexcept {
        return request.queued_at_ < position;
    }
    /// How many are in flight besides a question that was sent by ask().
    std::size_t in_flight_besides(const pending_request& question) const noexcept;
    const slot_table& slots() const noexcept { return slots_; }
    const waiting_queue& waiting() const noexcept { return waiting_; }
    const waiting_queue& parked() const noexcept { return parked_; }

  private:
    bool can_send() const noexcept { return !writing_paused_ && !slots_.full(); }
    void send_on(std::int16_t stream, pending_request& request) {
        request.queued_at_ = position();
        if (!writer_.write(request, stream)) [[unlikely]]
            return refuse(request);
        transport_->write_appended();
    }
    /// Of all that it may be in without being in flight.
    void leave_queues(pending_request& request) noexcept;
    /// What could not be written.
    void refuse(pending_request& request);
    request_outcome outcome_of(const pending_request& request) const noexcept;

    const protocol_settings& settings_;
    transport* transport_ = nullptr;
    bool writing_paused_ = false;
    request_writer writer_;
    slot_table slots_;
    deadline_queue deadlines_;
    waiting_queue waiting_{pending_request::queue::to_be_sent};
    waiting_queue parked_{pending_request::queue::parked};
};

} // namespace cocql::protocol
