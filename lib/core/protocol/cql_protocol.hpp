#pragma once

#include "core/base/visible.hpp"
#include "core/protocol/framing.hpp"
#include "core/protocol/heartbeat.hpp"
#include "core/protocol/orphan_limits.hpp"
#include "core/protocol/own_request.hpp"
#include "core/protocol/phase_clock.hpp"
#include "core/protocol/protocol.hpp"
#include "core/protocol/protocol_listener.hpp"
#include "core/protocol/protocol_settings.hpp"
#include "core/protocol/request_multiplexer.hpp"
#include "core/protocol/response_rules.hpp"
#include "core/protocol/startup_sequence.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cocql::protocol {

/// The CQL side of a connection: a state machine driven by the bridge's callbacks and by submit(),
/// abandon() and handle_timeout(). It knows no socket, no coroutine and no clock.
///
/// Handlers of requests are called inline, and may submit, abandon and close from there. The object
/// must outlive the call it is in.
class cql_protocol final : public protocol, private wire::frame_receiver {
  public:
    cql_protocol(protocol_settings settings, phase_clock& phases, protocol_listener& listener);
    ~cql_protocol() override;
    cql_protocol(const cql_protocol&) = delete;
    cql_protocol& operator=(const cql_protocol&) = delete;

    void connection_made(transport& transport, base::time_point now) override;
    void data_received(std::span<const std::byte> bytes, base::time_point now) override;
    std::span<std::byte> get_buffer() override { return framing_.room(); }
    void buffer_updated(std::size_t count, base::time_point now) override;
    void eof_received(base::time_point now) override;
    void connection_lost(std::optional<error> cause, base::time_point now) override;
    void pause_writing() override;
    void resume_writing(base::time_point now) override;
    base::time_point next_deadline() noexcept override;
    void handle_timeout(base::time_point now) override;

    /// Sends the request, or lets it wait, or fails it through its request_failed() before
    /// returning.
    void submit(pending_request& request, base::time_point now) {
        now_ = now;
        if (stage_ == stage::ready && request.deadline >= promised_deadline_ &&
            requests_.submit_usual(request)) [[likely]]
            return;
        submit_otherwise(request);
    }
    /// The same, for what belongs to a request that it has had before: also while it only finishes
    /// what it has.
    void submit_again(pending_request& request, base::time_point now) {
        if (stage_ != stage::draining || !closes_when_drained_)
            return submit(request, now);
        now_ = now;
        take_in(request);
    }
    /// Has the request, which waits for somebody else and is not sent, fail at its deadline and
    /// with the connection; until it is unparked or abandoned.
    void park(pending_request& request, base::time_point now);
    /// It waits no more, and may be submitted.
    void unpark(pending_request& request);
    /// The request, which has been submitted or is parked, has this one from now on.
    void give_deadline(pending_request& request, base::time_point when);
    /// Of all bytes ever queued, where the next request goes; once it is ready.
    std::uint64_t position() const noexcept { return requests_.position(); }
    /// Whether the request, which was sent here, was queued before that.
    static bool was_queued_before(std::uint64_t position, const pending_request& request) noexcept {
        return request_multiplexer::was_queued_before(position, request);
    }
    /// Forgets the request without calling it or any other; an answer still owed is dropped when it
    /// comes. Returns what is known of its execution.
    request_outcome abandon(pending_request& request, base::time_point now);
    /// Complete frames, written as they are; in v5 inside of segments, like all others.
    result<void> push(std::span<const std::byte> frames);
    /// The same over the high-water mark too: for frames that were accepted before.
    void write_ready(std::span<const std::byte> frames);
    /// Another connection takes over: no new requests, and when those that it has, also those that
    /// wait to be sent, have been answered or given up, the transport is closed in good order.
    void drain(base::time_point now);
    /// Fails everything with errc::connection_closed and closes the transport in good order.
    void close(base::time_point now);
    /// The connection is of no more use; the first call wins. Fails everything with this cause and
    /// aborts the transport.
    void defunct(error cause);
    /// Lets go of every request by pending_request::forgotten(); the connection is of no use after
    /// it.
    void forget_everything() noexcept;

    // The first five may be asked from any thread.
    bool is_ready() const noexcept { return stage_ == stage::ready; }
    bool is_draining() const noexcept { return stage_ == stage::draining; }
    std::size_t in_flight() const noexcept { return requests_.slots().in_flight(); }
    std::size_t orphans() const noexcept { return requests_.slots().orphans(); }
    std::size_t waiting() const noexcept { return requests_.waiting().size(); }
    bool is_over() const noexcept { return stage_ >= stage::closing; }
    bool is_writing_paused() const noexcept { return requests_.is_writing_paused(); }
    /// Why it is over; nothing while it is not.
    const std::optional<error>& last_error() const noexcept { return last_error_; }
    std::size_t deadlines() const noexcept { return requests_.deadlines(); }
    /// When the bytes came that were received last.
    base::time_point received_at() const noexcept { return heartbeat_.received_at(); }
    /// What the server offered in SUPPORTED.
    const std::map<std::string, std::vector<std::string>>& supported() const noexcept {
        return startup_ != nullptr ? startup_->supported() : supported_;
    }
    /// What was agreed on in STARTUP.
    const agreement& agreed() const noexcept {
        return startup_ != nullptr ? startup_->agreed() : agreed_;
    }
    /// Of what is sent now.
    protocol_version version() const noexcept { return settings_.version; }
    /// The version of the frame by which the server refused ours; 0 when it did not.
    std::uint8_t refused_by_version() const noexcept {
        return startup_ != nullptr ? startup_->refused_by_version() : std::uint8_t{0};
    }

  private:
    enum class stage { unconnected, starting, ready, draining, closing, lost };

    /// `take` gives what has come to the framing.
    template <class Take>
    void receive(base::time_point now, Take take);
    result<void> header_received(const wire::frame_header& header) override;
    result<void> frame_received(wire::frame& frame) override;
    result<void> frame_received_at_once(wire::frame& frame) override;
    /// After the answer's handler: a waiting request that fails inside pump() may give that one up.
    void pump_after_answer() {
        if (!requests_.waiting().empty()) [[unlikely]]
            pump();
    }
    /// As they have it in their first byte.
    std::uint8_t version_of_responses() const noexcept {
        return static_cast<std::uint8_t>(settings_.version) | wire::frame_header::direction_bit;
    }
    result<void> whole_frame_received(wire::frame& frame);
    result<void> unexpected_frame(wire::frame& frame);

    void send_startup(startup_sequence::step step);
    void startup_answered(wire::frame& frame);
    void startup_failed(error failure);
    void finish_startup(result<void> outcome);
    void put_startup_away() noexcept;
    void check_heartbeat();
    void heartbeat_answered(wire::frame& frame);
    void heartbeat_failed(error failure);

    void submit_otherwise(pending_request& request);
    void take_in(pending_request& request);
    void pump();
    void expire_requests(base::time_point now);
    void check_orphans(base::time_point now);
    void check_drained() {
        if (stage_ == stage::draining) [[unlikely]]
            go_on_draining();
    }
    void go_on_draining();
    /// The heartbeat's answer keeps nobody waiting.
    bool is_drained() const noexcept {
        return requests_.in_flight_besides(heartbeat_request_) == 0 && requests_.parked().empty();
    }
    void deadline_may_have_changed();
    // When something is to be done next; base::never if nothing is.
    base::time_point heartbeat_due() const noexcept;
    base::time_point startup_due() const noexcept;
    base::time_point orphans_due() const noexcept;
    /// Of all of them.
    base::time_point earliest_deadline() const noexcept;

    protocol_settings settings_;
    phase_clock& phases_;
    protocol_listener& listener_;
    transport* transport_ = nullptr;
    base::visible<stage> stage_ = stage::unconnected;
    bool startup_reported_ = false;
    bool closed_by_us_ = false;
    bool closes_when_drained_ = false; ///< another one takes over
    std::optional<error> last_error_;
    std::optional<error> drains_because_; ///< told to those who wait to be sent

    framing framing_;
    request_multiplexer requests_;
    response_rules rules_;
    orphan_limits orphan_limits_;
    std::unique_ptr<startup_sequence> startup_; ///< until the connection is ready
    agreement agreed_;                          ///< its, from then on
    std::map<std::string, std::vector<std::string>> supported_;
    own_request<cql_protocol> startup_request_;
    heartbeat heartbeat_;
    own_request<cql_protocol> heartbeat_request_;

    /// The time of the callback that is running.
    base::time_point now_{};
    /// What next_deadline() has returned last: earlier ones are to be told of.
    base::time_point promised_deadline_ = base::never;
};

} // namespace cocql::protocol
