#include "core/protocol/request_multiplexer.hpp"
#include "harness.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

const base::time_point noon{12h};

class receiver_of_nothing final : public wire::frame_receiver {
  public:
    result<void> header_received(const wire::frame_header&) override { return {}; }
    result<void> frame_received(wire::frame&) override { return {}; }
};

/// Writes down everything that it is told.
class noting_request final : public protocol::pending_request {
  public:
    noting_request() { message = &query; }
    explicit noting_request(std::string cql) : text(std::move(cql)), query(text) {
        message = &query;
    }

    void response_received(wire::frame&) override { notes.emplace_back("response"); }
    void request_failed(error failed) override {
        notes.emplace_back("failed");
        failure = std::move(failed);
        if (then)
            then();
    }
    void forgotten(request_outcome known) noexcept override {
        notes.emplace_back("forgotten");
        outcome = known;
    }
    void sent_after_waiting(base::time_point now) noexcept override {
        notes.emplace_back("sent");
        sent_at = now;
    }

    std::string text = "SELECT 1";
    message::query query{text};
    std::vector<std::string> notes;
    std::optional<error> failure;
    std::optional<request_outcome> outcome;
    base::time_point sent_at{};
    std::function<void()> then;
};

using notes = std::vector<std::string>;

/// A multiplexer with a transport of memory and no connection around it.
struct multiplexed {
    explicit multiplexed(std::size_t max_in_flight = 2, std::size_t max_request_size = 1000) {
        settings.endpoint = "127.0.0.1:9042";
        settings.max_in_flight = max_in_flight;
        settings.max_request_size = max_request_size;
        requests.emplace(framing, settings);
        requests->write_to(transport);
    }
    /// The stream ids of what was sent since the last call.
    std::vector<std::int16_t> sent() {
        std::vector<std::int16_t> ids;
        for (const auto& frame : transport.take())
            ids.push_back(frame.header.stream);
        return ids;
    }
    protocol::request_multiplexer* operator->() { return &*requests; }

    protocol::protocol_settings settings;
    receiver_of_nothing receiver;
    protocol::framing framing{receiver, protocol_version::v4, 1000};
    memory_transport transport;
    std::optional<protocol::request_multiplexer> requests;
};

using ids = std::vector<std::int16_t>;

} // namespace

TEST_CASE("R29 multiplexed requests are sent on an id each, and the one without waits for an "
          "answer") {
    multiplexed mux;
    std::deque<noting_request> requests(3);
    for (auto& request : requests)
        CHECK(mux->submit(request));
    CHECK(mux.sent() == ids{0, 1});
    CHECK(mux.transport.appended == 2);
    CHECK(mux->slots().in_flight() == 2);
    CHECK(mux->waiting().size() == 1);
    CHECK(mux->is_in_flight(requests[1]));
    CHECK_FALSE(mux->is_in_flight(requests[2]));
    CHECK(mux->is_waiting(requests[2]));
    CHECK_FALSE(mux->can_send_waiting());

    CHECK(mux->take_answered(1) == &requests[1]);
    CHECK(requests[1].notes.empty()); // whose handler is the caller's to call
    CHECK_FALSE(mux->is_in_flight(requests[1]));
    REQUIRE(mux->can_send_waiting());
    mux->send_waiting(noon);
    CHECK(mux.sent() == ids{1});
    CHECK(requests[2].notes == notes{"sent"});
    CHECK(requests[2].sent_at == noon);
    CHECK(mux->waiting().empty());
    CHECK(mux->take_answered(1) == &requests[2]);
    CHECK(mux->take_answered(1) == nullptr);
    CHECK(mux->take_answered(2) == nullptr);
    CHECK(mux->take_answered(-1) == nullptr);
    CHECK(mux->slots().in_flight() == 1);
}

TEST_CASE("R29 those that wait are sent first come first served, and who comes later waits behind "
          "them") {
    multiplexed mux(1);
    std::deque<noting_request> requests(4);
    for (auto& request : requests)
        mux->submit(request);
    CHECK(mux->take_answered(0) == &requests[0]);
    noting_request late;
    CHECK_FALSE(mux->submit_usual(late));
    mux->submit(late);
    CHECK(mux->is_waiting(late));
    for (auto* next : {&requests[1], &requests[2], &requests[3], &late}) {
        REQUIRE(mux->can_send_waiting());
        mux->send_waiting(noon);
        CHECK(mux->take_answered(0) == next);
    }
    CHECK_FALSE(mux->can_send_waiting());
}

TEST_CASE("R29 the usual request: an id was freed, nobody waits and its deadline is the latest") {
    multiplexed mux;
    noting_request first;
    first.deadline = noon;
    CHECK_FALSE(mux->submit_usual(first)); // no id was freed yet
    CHECK(mux->deadlines() == 0);
    CHECK(mux.sent().empty());
    mux->submit(first);
    CHECK(mux->take_answered(0) == &first);
    CHECK(mux->deadlines() == 0);
    noting_request second;
    second.deadline = noon;
    SUBCASE("is sent") {
        CHECK(mux->submit_usual(second));
        CHECK(mux.sent() == ids{0, 0});
        CHECK(mux->earliest_deadline() == noon);
        CHECK(&mux->earliest() == &second);
    }
    SUBCASE("is not while writing is paused") {
        mux->pause_writing();
        CHECK_FALSE(mux->submit_usual(second));
    }
    SUBCASE("is not one with an earlier deadline") {
        noting_request later;
        later.deadline = noon + 1s;
        mux->park(later);
        CHECK_FALSE(mux->submit_usual(second));
        CHECK(mux->deadlines() == 1);
        CHECK(mux->submit(second));
        CHECK(mux->earliest_deadline() == noon);
        CHECK(mux->deadlines() == 2);
    }
}

TEST_CASE("B4 R29 while writing is paused requests wait, or are refused when they do not want to") {
    multiplexed mux;
    mux->pause_writing();
    CHECK(mux->is_writing_paused());
    noting_request patient;
    noting_request impatient;
    impatient.busy = when_busy::refuse;
    impatient.deadline = noon;
    CHECK(mux->submit(patient));
    CHECK_FALSE(mux->submit(impatient));
    CHECK(impatient.notes == notes{"failed"});
    CHECK(impatient.failure->is(errc::connection_busy));
    CHECK(impatient.failure->outcome() == request_outcome::not_sent);
    CHECK(std::string(impatient.failure->what()).find("high-water mark") != std::string::npos);
    CHECK(mux->deadlines() == 0);
    CHECK_FALSE(mux->can_send_waiting());
    CHECK(mux.sent().empty());
    mux->resume_writing();
    REQUIRE(mux->can_send_waiting());
    mux->send_waiting(noon);
    CHECK(mux.sent() == ids{0});
    noting_request other;
    mux->submit(other);
    CHECK_FALSE(mux->submit(impatient));
    CHECK(std::string(impatient.failure->what()).find("no stream id is free") != std::string::npos);
}

TEST_CASE("R32 a request that cannot be written fails, was not sent and frees its id") {
    multiplexed mux(2, 100);
    noting_request large(std::string(101, 'x'));
    large.deadline = noon;
    mux->submit(large);
    CHECK(large.notes == notes{"failed"});
    REQUIRE(large.failure);
    CHECK(large.failure->is(errc::invalid_argument));
    CHECK(large.failure->outcome() == request_outcome::not_sent);
    CHECK(large.failure->endpoint() == "127.0.0.1:9042");
    CHECK(large.failure->operation() == "QUERY");
    CHECK(mux.transport.buffer.size() == 0);
    CHECK(mux.transport.appended == 0);
    CHECK(mux->slots().in_flight() == 0);
    CHECK(mux->deadlines() == 0);
}

TEST_CASE("R27 who gives a request up hears what is known of it, and its id is an orphan until the "
          "answer comes") {
    multiplexed mux;
    std::deque<noting_request> requests(4);
    for (auto& request : requests)
        request.deadline = noon;
    mux->submit(requests[0]);
    mux.sent();
    mux->submit(requests[1]);
    mux->submit(requests[2]);
    mux->park(requests[3]);
    CHECK(mux->deadlines() == 4);
    CHECK(mux->abandon(requests[3], noon) == request_outcome::not_sent);
    CHECK(mux->abandon(requests[2], noon) == request_outcome::not_sent);
    CHECK(mux->waiting().empty());
    CHECK(mux->slots().orphans() == 0);
    // Still in the buffer, which is still to be written.
    CHECK(mux->abandon(requests[1], noon) == request_outcome::maybe_executed);
    CHECK(mux->abandon(requests[0], noon + 1s) == request_outcome::maybe_executed);
    CHECK(mux->deadlines() == 0);
    CHECK(mux->slots().orphans() == 2);
    CHECK(mux->slots().in_flight() == 0);
    CHECK(mux->slots().oldest_orphan() == noon);
    for (const auto& request : requests)
        CHECK(request.notes.empty());

    noting_request next;
    mux->submit(next);
    CHECK(mux->is_waiting(next)); // both ids owe an answer
    CHECK(mux->take_answered(0) == nullptr);
    CHECK(mux->release_orphan(0));
    CHECK_FALSE(mux->release_orphan(0));
    CHECK_FALSE(mux->release_orphan(7));
    CHECK(mux->slots().orphans() == 1);
    REQUIRE(mux->can_send_waiting());
    mux->send_waiting(noon);
    CHECK_FALSE(mux->release_orphan(0)); // taken
    CHECK(mux->take_answered(0) == &next);
}

TEST_CASE("X23 failing everything fails each once, those in flight first, with what is known of "
          "it") {
    multiplexed mux;
    std::deque<noting_request> requests(4);
    std::vector<const noting_request*> order;
    for (auto& request : requests) {
        request.deadline = noon;
        request.then = [&] { order.push_back(&request); };
        mux->submit(request);
        if (&request == &requests[0])
            mux.sent();
    }
    mux.transport.abort(); // what is in the buffer leaves no more
    mux->fail_everything(error(errc::connection_lost, "the cable was cut"));
    CHECK(order == std::vector<const noting_request*>{&requests[0], &requests[1], &requests[2],
                                                      &requests[3]});
    for (const auto& request : requests) {
        CHECK(request.notes == notes{"failed"});
        REQUIRE(request.failure);
        CHECK(request.failure->is(errc::connection_lost));
        CHECK(request.failure->endpoint() == "127.0.0.1:9042");
        CHECK(std::string(request.failure->what()).find("the cable was cut") != std::string::npos);
        CHECK(request.failure->outcome() == (&request == &requests[0]
                                                 ? request_outcome::maybe_executed
                                                 : request_outcome::not_sent));
    }
    CHECK(mux->slots().in_flight() == 0);
    CHECK(mux->waiting().empty());
    CHECK(mux->deadlines() == 0);
}

TEST_CASE("X23 R30 a handler of a failure may give the others up, which then hear nothing") {
    multiplexed mux;
    std::deque<noting_request> requests(4);
    for (auto& request : requests)
        mux->submit(request);
    requests[0].then = [&] {
        mux->abandon(requests[1], noon);
        mux->abandon(requests[2], noon);
    };
    mux->fail_everything(error(errc::connection_lost, "the cable was cut"));
    CHECK(requests[0].notes == notes{"failed"});
    CHECK(requests[1].notes.empty());
    CHECK(requests[2].notes.empty());
    CHECK(requests[3].notes == notes{"failed"});
}

TEST_CASE("R27 failing those that wait leaves those in flight alone") {
    multiplexed mux(1);
    std::deque<noting_request> requests(3);
    for (auto& request : requests)
        mux->submit(request);
    mux->fail_waiting(error(errc::connection_draining, "no more"));
    CHECK(requests[0].notes.empty());
    CHECK(requests[1].notes == notes{"failed"});
    CHECK(requests[2].notes == notes{"failed"});
    CHECK(mux->take_answered(0) == &requests[0]);
}

TEST_CASE("X25 forgetting everything calls no handler and says what is known") {
    multiplexed mux;
    std::deque<noting_request> requests(3);
    for (auto& request : requests) {
        request.deadline = noon;
        mux->submit(request);
        if (&request == &requests[0])
            mux.sent();
    }
    mux->forget_everything();
    for (const auto& request : requests)
        CHECK(request.notes == notes{"forgotten"});
    CHECK(requests[0].outcome == request_outcome::maybe_executed);
    CHECK(requests[1].outcome == request_outcome::not_sent);
    CHECK(requests[2].outcome == request_outcome::not_sent);
    CHECK(mux->deadlines() == 0);
    CHECK(mux->slots().in_flight() == 0);
}

TEST_CASE("R31 the connection's own question has the spare id, is not counted and waits for "
          "nothing") {
    multiplexed mux(1);
    noting_request request;
    mux->submit(request);
    mux->pause_writing();
    noting_request question;
    REQUIRE(mux->can_ask());
    mux->ask(question);
    CHECK(mux.sent() == ids{0, 1});
    CHECK(mux->slots().in_flight() == 1);
    CHECK(mux->in_flight_besides(question) == 1);
    CHECK(mux->take_answered(0) == &request);
    CHECK(mux->in_flight_besides(question) == 0);
    CHECK(mux->take_answered(1) == &question);
    CHECK(mux->in_flight_besides(question) == 0);
}

TEST_CASE("R31 without a spare id the question takes an ordinary one, while there is one") {
    multiplexed mux(protocol::slot_table::id_count);
    noting_request question;
    mux->ask(question);
    CHECK(mux.sent() == ids{0});
    CHECK(mux->slots().in_flight() == 1);
    CHECK(mux->in_flight_besides(question) == 0);
    std::deque<noting_request> requests(protocol::slot_table::id_count - 1);
    for (auto& request : requests) {
        REQUIRE(mux->can_ask());
        mux->submit(request);
        mux.transport.drop();
    }
    CHECK_FALSE(mux->can_ask());
    CHECK(mux->in_flight_besides(question) == requests.size());
    CHECK(mux->take_answered(7) != nullptr);
    CHECK(mux->can_ask());
}

TEST_CASE("B3 once the transport is gone, whatever was sent may have been executed") {
    multiplexed mux;
    noting_request request;
    mux->send(request);
    mux.transport.abort();
    CHECK(mux->failure_of(request, error(errc::timed_out, "")).outcome() ==
          request_outcome::not_sent);
    mux->transport_lost();
    CHECK(mux->failure_of(request, error(errc::timed_out, "")).outcome() ==
          request_outcome::maybe_executed);
}

TEST_CASE("R27 what is parked is not sent, has its deadline, and ends with everything else") {
    for (const bool is_forgotten : {false, true}) {
        CAPTURE(is_forgotten);
        multiplexed mux;
        std::deque<noting_request> requests(4);
        auto& sent = requests[0];
        auto& parked = requests[1];
        auto& sent_then = requests[2];
        auto& given_up = requests[3];
        mux->submit(sent);
        for (auto* const each : {&parked, &sent_then, &given_up}) {
            each->deadline = noon;
            mux->park(*each);
        }
        mux->give_deadline(parked, noon - 1min);
        CHECK(mux.sent() == ids{0});
        CHECK(mux->is_waiting(parked));
        CHECK(mux->waiting().empty());
        CHECK_FALSE(mux->can_send_waiting());
        CHECK(mux->parked().size() == 3);
        CHECK(mux->deadlines() == 3);
        CHECK(&mux->earliest() == &parked);

        mux->unpark(sent_then);
        CHECK(mux->deadlines() == 2);
        mux->submit(sent_then);
        CHECK(mux.sent() == ids{1});
        CHECK(mux->abandon(given_up, noon) == request_outcome::not_sent);
        CHECK(mux->parked().size() == 1);
        CHECK(mux->slots().orphans() == 0);

        if (is_forgotten)
            mux->forget_everything();
        else
            mux->fail_everything(error(errc::connection_lost, "the cable was cut"));
        for (const auto* const each : {&sent, &parked, &sent_then})
            CHECK(each->notes == notes{is_forgotten ? "forgotten" : "failed"});
        CHECK((is_forgotten ? parked.outcome : parked.failure->outcome()) ==
              request_outcome::not_sent);
        CHECK(given_up.notes.empty());
        CHECK(mux->parked().empty());
        CHECK(mux->deadlines() == 0);
    }
}

TEST_CASE("R29 a request is known to have been queued before a place in the bytes, or behind it") {
    multiplexed mux(3);
    std::deque<noting_request> requests(3);
    mux->submit(requests[0]);
    const auto place = mux->position();
    mux->submit(requests[1]);
    mux.sent();
    mux->submit(requests[2]);
    CHECK(mux->was_queued_before(place, requests[0]));
    CHECK_FALSE(mux->was_queued_before(place, requests[1]));
    CHECK_FALSE(mux->was_queued_before(place, requests[2]));
}
