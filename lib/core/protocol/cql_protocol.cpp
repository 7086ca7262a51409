#include "core/protocol/cql_protocol.hpp"

#include "core/message/decode_response.hpp"

#include <algorithm>
#include <utility>

namespace cocql::protocol {

cql_protocol::cql_protocol(protocol_settings settings, phase_clock& phases,
                           protocol_listener& listener)
    : settings_(std::move(settings)),
      phases_(phases),
      listener_(listener),
      framing_(*this, settings_.version, settings_.max_frame_size),
      requests_(framing_, settings_),
      rules_(settings_, framing_),
      orphan_limits_(settings_.orphan_count_limit, settings_.orphan_age_limit),
      startup_(std::make_unique<startup_sequence>(settings_)),
      startup_request_(*this, &cql_protocol::startup_answered, &cql_protocol::startup_failed),
      heartbeat_(settings_.heartbeat_interval, settings_.heartbeat_timeout),
      heartbeat_request_(*this, &cql_protocol::heartbeat_answered,
                         &cql_protocol::heartbeat_failed) {}

cql_protocol::~cql_protocol() = default;

// --- the bridge's callbacks

void cql_protocol::connection_made(transport& transport, base::time_point now) {
    now_ = now;
    heartbeat_.received(now);
    transport_ = &transport;
    requests_.write_to(transport);
    if (stage_ != stage::unconnected)
        return transport.abort();
    stage_ = stage::starting;
    if (!transport.peer().tls)
        framing_.watch_for_tls();
    transport.set_write_buffer_limits(settings_.write_buffer_high, settings_.write_buffer_low);
    send_startup(startup_->begin());
}

template <class Take>
void cql_protocol::receive(base::time_point now, Take take) {
    now_ = now;
    if (is_over()) [[unlikely]]
        return;
    heartbeat_.received(now);
    if (auto taken = take(); !taken) [[unlikely]]
        return defunct(taken.error());
    check_drained();
    deadline_may_have_changed();
}

void cql_protocol::data_received(std::span<const std::byte> bytes, base::time_point now) {
    receive(now, [&] { return framing_.feed(bytes); });
}

void cql_protocol::buffer_updated(std::size_t count, base::time_point now) {
    receive(now, [&] { return framing_.filled(count); });
}

void cql_protocol::eof_received(base::time_point now) {
    now_ = now;
    if (is_over())
        return;
    if (framing_.in_middle())
        defunct(framing_.explained(error(
            errc::connection_lost, "the peer closed the connection in the middle of a frame")));
}

void cql_protocol::connection_lost(std::optional<error> cause, base::time_point now) {
    now_ = now;
    if (stage_ == stage::lost)
        return;
    if (!last_error_) {
        if (cause)
            last_error_ = framing_.explained(*cause);
        else if (stage_ == stage::starting)
            last_error_ = framing_.explained(
                error(errc::connection_lost, "the peer closed the connection during " +
                                                 std::string(to_string(phases_.current()))));
        else
            last_error_ = error(errc::connection_lost, "the peer closed the connection");
        last_error_->at(settings_.endpoint);
        listener_.ending_begun(*last_error_);
    }
    stage_ = stage::lost;
    requests_.fail_everything(*last_error_);
    transport_ = nullptr;
    requests_.transport_lost();
    finish_startup(*last_error_);
    listener_.connection_ended(closed_by_us_ || !cause ? std::nullopt : last_error_);
}

void cql_protocol::pause_writing() {
    requests_.pause_writing();
    listener_.writing_paused();
}

void cql_protocol::resume_writing(base::time_point now) {
    now_ = now;
    requests_.resume_writing();
    listener_.writing_resumed();
    pump();
    deadline_may_have_changed();
}

// --- time

inline base::time_point cql_protocol::heartbeat_due() const noexcept {
    const bool alive = stage_ == stage::ready || stage_ == stage::draining;
    return alive ? heartbeat_.due() : base::never;
}

inline base::time_point cql_protocol::startup_due() const noexcept {
    return stage_ == stage::starting ? settings_.startup_deadline : base::never;
}

inline base::time_point cql_protocol::orphans_due() const noexcept {
    if (stage_ == stage::ready) [[likely]]
        return orphan_limits_.due(requests_.slots());
    // Given up by the caller, who has to return before others hear of it or the connection ends.
    const bool at_once = stage_ == stage::draining &&
                         (closes_when_drained_ ? is_drained() && requests_.waiting().empty()
                                               : is_drained() || !requests_.waiting().empty());
    return at_once ? now_ : base::never;
}

inline base::time_point cql_protocol::earliest_deadline() const noexcept {
    if (is_over() || stage_ == stage::unconnected) [[unlikely]]
        return base::never;
    return std::min(std::min(requests_.earliest_deadline(), heartbeat_due()),
                    std::min(startup_due(), orphans_due()));
}

base::time_point cql_protocol::next_deadline() noexcept {
    return promised_deadline_ = earliest_deadline();
}

void cql_protocol::handle_timeout(base::time_point now) {
    now_ = now;
    if (now >= startup_due())
        return defunct(phases_.timed_out(now));
    expire_requests(now);
    check_orphans(now);
    check_drained();
    if (now >= heartbeat_due())
        check_heartbeat();
    deadline_may_have_changed();
}

void cql_protocol::expire_requests(base::time_point now) {
    while (!is_over() && requests_.earliest_deadline() <= now) {
        auto& request = requests_.earliest();
        const auto outcome = abandon(request, now);
        request.request_failed(error(errc::timed_out, "no answer before the request's deadline")
                                   .at(settings_.endpoint)
                                   .during(wire::to_string(request.message->opcode()))
                                   .with(outcome));
    }
}

void cql_protocol::check_orphans(base::time_point now) {
    if (stage_ != stage::ready)
        return;
    const auto why = orphan_limits_.exceeded(requests_.slots(), now);
    if (!why)
        return;
    stage_ = stage::draining;
    drains_because_ = why;
    listener_.draining_begun();
}

void cql_protocol::drain(base::time_point now) {
    now_ = now;
    if (stage_ != stage::ready)
        return;
    stage_ = stage::draining;
    closes_when_drained_ = true;
    listener_.draining_begun();
    deadline_may_have_changed();
}

void cql_protocol::go_on_draining() {
    if (closes_when_drained_) {
        if (is_drained() && requests_.waiting().empty())
            close(now_);
        return;
    }
    requests_.fail_waiting(*drains_because_);
    if (stage_ == stage::draining && is_drained())
        defunct(error(errc::connection_draining, "closed after too many requests were given up"));
}

void cql_protocol::deadline_may_have_changed() {
    if (transport_ == nullptr || is_over()) [[unlikely]]
        return;
    if (earliest_deadline() < promised_deadline_) [[unlikely]]
        transport_->deadline_changed();
}

// --- requests

void cql_protocol::submit_otherwise(pending_request& request) {
    if (stage_ != stage::ready) {
        if (last_error_)
            return request.request_failed(requests_.failure_of(request, *last_error_));
        return request.request_failed(requests_.failure_of(
            request, stage_ == stage::draining
                         ? error(errc::connection_draining, "the connection takes no new requests")
                         : error(errc::connection_closed, "the connection is not open")));
    }
    take_in(request);
}

void cql_protocol::take_in(pending_request& request) {
    if (requests_.submit(request))
        deadline_may_have_changed();
}

void cql_protocol::park(pending_request& request, base::time_point now) {
    now_ = now;
    requests_.park(request);
    deadline_may_have_changed();
}

void cql_protocol::unpark(pending_request& request) {
    requests_.unpark(request);
    if (stage_ == stage::draining) [[unlikely]]
        deadline_may_have_changed(); // draining may have waited for it
}

void cql_protocol::give_deadline(pending_request& request, base::time_point when) {
    requests_.give_deadline(request, when);
    deadline_may_have_changed();
}

void cql_protocol::pump() {
    const auto sends = [this] {
        return stage_ == stage::ready || (stage_ == stage::draining && closes_when_drained_);
    };
    while (sends() && requests_.can_send_waiting())
        requests_.send_waiting(now_);
}

request_outcome cql_protocol::abandon(pending_request& request, base::time_point now) {
    now_ = now;
    const bool was_in_flight = requests_.is_in_flight(request);
    const bool was_waiting = requests_.is_waiting(request);
    const auto outcome = requests_.abandon(request, now);
    if (was_in_flight)
        check_orphans(now);
    // Draining may have waited for it.
    if (was_in_flight || (was_waiting && stage_ == stage::draining))
        deadline_may_have_changed();
    return outcome;
}

void cql_protocol::forget_everything() noexcept {
    stage_ = stage::lost;
    requests_.forget_everything();
}

result<void> cql_protocol::push(std::span<const std::byte> frames) {
    if (is_over() || transport_ == nullptr)
        return last_error_ ? *last_error_
                           : error(errc::connection_closed, "the connection is not open");
    if (requests_.is_writing_paused())
        return error(errc::connection_busy, "the write buffer is over its high-water mark")
            .at(settings_.endpoint);
    write_ready(frames);
    return {};
}

void cql_protocol::write_ready(std::span<const std::byte> frames) {
    if (is_over() || transport_ == nullptr)
        return;
    framing_.append_ready(transport_->write_buffer(), frames, transport_->bytes_queued());
    transport_->write_appended();
}

// --- the end

void cql_protocol::close(base::time_point now) {
    now_ = now;
    if (is_over())
        return;
    closed_by_us_ = true;
    last_error_ =
        error(errc::connection_closed, "the connection was closed").at(settings_.endpoint);
    stage_ = transport_ != nullptr ? stage::closing : stage::lost;
    listener_.ending_begun(*last_error_);
    requests_.fail_everything(*last_error_);
    finish_startup(*last_error_);
    // Who is told may run the loop, in which the peer may end it.
    if (transport_ != nullptr)
        transport_->close();
}

void cql_protocol::defunct(error cause) {
    if (is_over())
        return;
    if (cause.endpoint().empty())
        cause.at(settings_.endpoint);
    last_error_ = std::move(cause);
    stage_ = transport_ != nullptr ? stage::closing : stage::lost;
    auto* const transport = transport_;
    if (transport != nullptr)
        transport->abort();
    listener_.ending_begun(*last_error_);
    requests_.fail_everything(*last_error_);
    finish_startup(*last_error_);
}

// --- frames

result<void> cql_protocol::frame_received_at_once(wire::frame& frame) {
    const auto& header = frame.header();
    pending_request* request = nullptr;
    if (header.version == version_of_responses() && header.opcode == wire::opcode::result &&
        header.flags == 0) [[likely]]
        request = requests_.take_answered(header.stream);
    if (request == nullptr) [[unlikely]]
        return wire::frame_receiver::frame_received_at_once(frame);
    request->response_received(frame);
    pump_after_answer();
    if (is_over()) [[unlikely]]
        return *last_error_;
    return {};
}

result<void> cql_protocol::header_received(const wire::frame_header& header) {
    return rules_.check(header, stage_ == stage::starting);
}

result<void> cql_protocol::frame_received(wire::frame& frame) {
    const auto& header = frame.header();
    if (!framing_.is_compressed(header))
        return whole_frame_received(frame);
    const bool unwanted = header.opcode != wire::opcode::event &&
                          requests_.slots().state(header.stream) == slot_table::slot_state::orphan;
    if (unwanted)
        return whole_frame_received(frame);
    auto whole = framing_.decompressed(frame);
    if (!whole)
        return whole.error();
    return whole_frame_received(*whole);
}

result<void> cql_protocol::whole_frame_received(wire::frame& frame) {
    const auto& header = frame.header();
    if (header.opcode == wire::opcode::event) {
        auto happened = message::decode_event(header, frame.body());
        if (!happened)
            return happened.error();
        listener_.event_received(*happened);
    } else if (auto* const request = requests_.take_answered(header.stream)) {
        if (header.opcode == wire::opcode::error)
            request->error_received(frame);
        else
            request->response_received(frame);
        pump_after_answer();
    } else if (requests_.release_orphan(header.stream)) {
        pump_after_answer();
    } else if (auto accepted = unexpected_frame(frame); !accepted) {
        return accepted;
    }
    // A handler may have closed the connection; what is left of the input then means nothing.
    if (is_over())
        return *last_error_;
    return {};
}

result<void> cql_protocol::unexpected_frame(wire::frame& frame) {
    const auto& header = frame.header();
    // Servers answer on stream 0 when they could not make sense of a header.
    if (header.opcode == wire::opcode::error && header.stream == 0 &&
        startup_request_.is_in_flight()) {
        startup_answered(frame);
        return {};
    }
    return rules_.unexpected(frame);
}

// --- opening

void cql_protocol::send_startup(startup_sequence::step step) {
    if (step.startup_accepted)
        framing_.startup_accepted();
    if (step.failure)
        return defunct(std::move(*step.failure));
    phases_.enter(step.phase, now_);
    if (step.request == nullptr) {
        finish_startup({});
        return put_startup_away();
    }
    if (step.phase == phase::startup) {
        settings_.version = agreed().version;
        framing_.agree_on(agreed().version, agreed().compression);
    }
    startup_request_.message = step.request;
    requests_.send(startup_request_);
}

/// Many connections do nothing for most of their lives: what they were opened with goes.
void cql_protocol::put_startup_away() noexcept {
    agreed_ = startup_->agreed();
    supported_ = startup_->take_supported();
    startup_.reset();
    settings_.startup_options.clear();
    settings_.authentication.reset();
    settings_.event_types = {};
    settings_.tablet_version_keys = {};
    settings_.keyspace = std::string();
}

void cql_protocol::startup_answered(wire::frame& frame) {
    send_startup(startup_->answered(frame));
}

void cql_protocol::startup_failed(error failure) {
    // Either the connection is over already and this is the echo, or a message could not be
    // encoded.
    if (!is_over())
        defunct(std::move(failure));
}

void cql_protocol::finish_startup(result<void> outcome) {
    if (startup_reported_)
        return;
    startup_reported_ = true;
    if (outcome) {
        stage_ = stage::ready;
        // Later than the one of start-up: an idle connection is not to be woken for nothing.
        transport_->deadline_changed();
        transport_->rest(); // until its first request comes, which may be never
    }
    listener_.startup_finished(std::move(outcome));
}

// --- heartbeat

void cql_protocol::check_heartbeat() {
    if (heartbeat_.is_asking()) {
        if (heartbeat_.look(now_, *transport_))
            defunct(heartbeat_.missed(settings_.endpoint));
        return;
    }
    if (!requests_.can_ask())
        return heartbeat_.ask(heartbeat::question::requests, now_, *transport_);
    heartbeat_.ask(heartbeat::question::options, now_, *transport_);
    static const message::options asks_nothing_new;
    heartbeat_request_.message = &asks_nothing_new;
    requests_.ask(heartbeat_request_);
}

void cql_protocol::heartbeat_answered(wire::frame& frame) {
    heartbeat_.answered();
    if (frame.header().opcode == wire::opcode::supported) {
        if (requests_.in_flight_besides(heartbeat_request_) == 0)
            transport_->rest();
        return;
    }
    defunct(error(errc::heartbeat_failed, "the heartbeat was answered by " +
                                              std::string(wire::to_string(frame.header().opcode))));
}

void cql_protocol::heartbeat_failed(error failure) {
    heartbeat_.answered();
    if (is_over())
        return;
    defunct(error(errc::heartbeat_failed, "the heartbeat could not be sent")
                .because(std::move(failure)));
}

} // namespace cocql::protocol
