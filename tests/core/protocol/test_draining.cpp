#include "harness.hpp"

#include <doctest/doctest.h>

#include <deque>

using namespace cocql;
using namespace cocql::tests;

TEST_CASE(
    "R27 a draining connection whose last request is given up by its caller ends at once, and "
    "not in the caller's call") {
    protocol::protocol_settings settings;
    settings.orphan_count_limit = 0;
    settings.heartbeat_interval.reset();
    harness h(settings);
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    h.protocol->abandon(request, h.now);
    CHECK(h.protocol->is_draining());
    CHECK(!h.transport.aborted);
    CHECK(h.protocol->next_deadline() <= h.now);
    h.protocol->handle_timeout(h.now);
    CHECK(h.transport.aborted);
    REQUIRE(h.protocol->last_error().has_value());
    CHECK(h.protocol->last_error()->is(errc::connection_draining));
}

TEST_CASE("A connection whose place another takes answers what it has, and closes in good order") {
    protocol::protocol_settings settings;
    settings.max_in_flight = 2;
    settings.heartbeat_interval.reset();
    harness h(settings);
    h.open();
    std::deque<test_request> in_flight(2);
    test_request waits;
    for (auto* request : {&in_flight[0], &in_flight[1], &waits})
        h.protocol->submit(*request, h.now);
    CHECK(h.protocol->waiting() == 1);
    const auto sent = h.transport.take();
    h.protocol->drain(h.now);
    CHECK(h.listener.draining == 1);
    test_request late;
    h.protocol->submit(late, h.now);
    REQUIRE(late.failures == 1);
    CHECK(late.failure->outcome() == request_outcome::not_sent);
    answer_with(h, sent.at(0).header.stream, 1);
    CHECK(in_flight[0].responses == 1);
    const auto then = h.transport.take();
    REQUIRE(then.size() == 1);
    SUBCASE("when all are answered") {
        answer_with(h, then[0].header.stream, 2);
        CHECK(waits.responses == 1);
        CHECK(!h.transport.closed);
        answer_with(h, sent.at(1).header.stream, 3);
        CHECK(in_flight[1].responses == 1);
    }
    SUBCASE("when the last are given up, at the next turn") {
        h.protocol->abandon(waits, h.now);
        h.protocol->abandon(in_flight[1], h.now);
        CHECK(!h.transport.closed);
        CHECK(h.protocol->next_deadline() <= h.now);
        h.protocol->handle_timeout(h.now);
    }
    CHECK(h.transport.closed);
    CHECK(!h.transport.aborted);
    CHECK(h.protocol->last_error()->is(errc::connection_closed));
}

TEST_CASE("A connection whose place another takes stays for the requests that are parked there") {
    protocol::protocol_settings settings;
    settings.heartbeat_interval.reset();
    harness h(settings);
    h.open();
    test_request parked;
    h.protocol->park(parked, h.now);
    h.protocol->drain(h.now);
    h.protocol->handle_timeout(h.now);
    CHECK(!h.transport.closed);
    CHECK(h.protocol->next_deadline() == base::never);
    const auto changes = h.transport.deadline_changes;
    SUBCASE("until they are sent and answered") {
        h.protocol->unpark(parked);
        h.protocol->submit_again(parked, h.now);
        const auto sent = h.transport.take();
        REQUIRE(sent.size() == 1);
        CHECK(!h.transport.closed);
        answer_with(h, sent[0].header.stream, 1);
        CHECK(parked.responses == 1);
    }
    SUBCASE("until they are given up") {
        h.protocol->abandon(parked, h.now);
        CHECK(h.transport.deadline_changes > changes);
        h.protocol->handle_timeout(h.now);
    }
    SUBCASE("until they wait no more, and are not sent") {
        h.protocol->unpark(parked);
        CHECK(h.transport.deadline_changes > changes);
        h.protocol->handle_timeout(h.now);
    }
    CHECK(h.transport.closed);
    CHECK(!h.transport.aborted);
}

TEST_CASE("A connection without requests whose place another takes closes at the next turn") {
    harness h;
    h.open();
    h.protocol->drain(h.now);
    CHECK(!h.transport.closed);
    CHECK(h.protocol->next_deadline() <= h.now);
    h.protocol->handle_timeout(h.now);
    CHECK(h.transport.closed);
    h.protocol->drain(h.now);
}

TEST_CASE(
    "R27 who waits to be sent hears that the connection drains, but not in the call of the one "
    "who gave up") {
    protocol::protocol_settings settings;
    settings.orphan_count_limit = 0;
    settings.max_in_flight = 2;
    harness h(settings);
    h.open();
    test_request stays;
    test_request given_up;
    std::deque<test_request> wait(2);
    for (auto* request : {&stays, &given_up, &wait[0], &wait[1]})
        h.protocol->submit(*request, h.now);
    CHECK(h.protocol->waiting() == 2);
    const auto stream = h.transport.take().at(0).header.stream;
    const auto changes = h.transport.deadline_changes;
    h.protocol->abandon(given_up, h.now);
    CHECK(h.protocol->is_draining());
    for (const auto& request : wait)
        CHECK(request.ends() == 0);
    SUBCASE("at the next turn") {
        CHECK(h.transport.deadline_changes > changes);
        CHECK(h.protocol->next_deadline() <= h.now);
        // One of them may give up the other.
        wait[0].then = [&] { h.protocol->abandon(wait[1], h.now); };
        h.protocol->handle_timeout(h.now);
        REQUIRE(wait[0].failures == 1);
        CHECK(wait[0].failure->is(errc::connection_draining));
        CHECK(wait[0].failure->outcome() == request_outcome::not_sent);
        CHECK(wait[1].ends() == 0);
        CHECK(stays.ends() == 0);
        CHECK(h.protocol->next_deadline() > h.now);
    }
    SUBCASE("with what is received") {
        h.answer_void(stream);
        CHECK(stays.responses == 1);
        for (const auto& request : wait)
            CHECK(request.failures == 1);
        CHECK(h.transport.aborted);
        CHECK(h.protocol->deadlines() == 0);
    }
}
