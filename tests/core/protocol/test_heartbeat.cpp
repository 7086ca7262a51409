#include "core/protocol/heartbeat.hpp"
#include "harness.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>

using namespace cocql;
using namespace cocql::tests;
using wire::opcode;

TEST_CASE("R31 the heartbeat's times") {
    const base::time_point begin{std::chrono::hours(1)};
    protocol::heartbeat beat(std::chrono::seconds(30), std::chrono::seconds(5));
    beat.received(begin);
    CHECK(beat.due(false) == begin + std::chrono::seconds(30));
    CHECK(beat.due(true) == begin + std::chrono::seconds(35));
    CHECK(beat.ask(begin + std::chrono::seconds(31)) == begin + std::chrono::seconds(36));
    CHECK(beat.due(false) == base::never);
    beat.received(begin + std::chrono::seconds(32));
    beat.answered();
    CHECK(beat.due(false) == begin + std::chrono::seconds(62));
    protocol::heartbeat none(std::nullopt, std::chrono::seconds(5));
    none.received(begin);
    CHECK(none.due(false) == base::never);
    CHECK(none.due(true) == base::never);
}

TEST_CASE("R31 a heartbeat after 30 s of silence; an answer keeps the connection") {
    harness h;
    h.open();
    CHECK(h.protocol->next_deadline() == h.now + std::chrono::seconds(30));
    h.pass(std::chrono::milliseconds(29999));
    CHECK(h.transport.take().empty());
    h.pass(std::chrono::milliseconds(1));
    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].header.opcode == opcode::options);
    CHECK(h.protocol->next_deadline() == h.now + std::chrono::seconds(5));
    h.answer_supported(sent[0].header.stream);
    CHECK(h.protocol->is_ready());
    CHECK(h.protocol->next_deadline() == h.now + std::chrono::seconds(30));
}

TEST_CASE("R31 once it is open, a connection is not woken at the deadline of start-up") {
    harness h;
    h.connect();
    h.answer_supported(h.transport.take().at(0).header.stream);
    const auto before = h.transport.deadline_changes;
    h.answer(h.transport.take().at(0).header.stream, wire::opcode::ready);
    CHECK(h.transport.deadline_changes > before);
    CHECK(h.protocol->next_deadline() == h.now + std::chrono::seconds(30));
}

TEST_CASE("R31 anything received puts the heartbeat off") {
    harness h;
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    h.now += std::chrono::seconds(20);
    h.answer_void(h.transport.take().at(0).header.stream);
    h.pass(std::chrono::seconds(15));
    CHECK(h.transport.take().empty());
}

TEST_CASE("R31 an unanswered heartbeat makes the connection defunct after 5 s and fails what is in "
          "flight") {
    harness h;
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    h.pass(std::chrono::seconds(30));
    h.pass(std::chrono::seconds(5));
    REQUIRE(request.failures == 1);
    CHECK(request.failure->has(errc::heartbeat_failed));
    CHECK(h.transport.aborted);
}

TEST_CASE("R31 scylladb/gocql#939: any other answer to a heartbeat is a heartbeat failure") {
    opcode wrong{};
    SUBCASE("READY") {
        wrong = opcode::ready;
    }
    SUBCASE("RESULT") {
        wrong = opcode::result;
    }
    SUBCASE("ERROR") {
        wrong = opcode::error;
    }
    SUBCASE("AUTHENTICATE") {
        wrong = opcode::authenticate;
    }
    harness h;
    h.open();
    h.pass(std::chrono::seconds(30));
    h.answer(h.transport.take().at(0).header.stream, wrong);
    REQUIRE(h.protocol->last_error().has_value());
    CHECK(h.protocol->last_error()->is(errc::heartbeat_failed));
    CHECK(h.transport.aborted);
}

TEST_CASE("R31 with every id taken a peer that answers nothing is found out all the same") {
    protocol::protocol_settings settings;
    settings.max_in_flight = 2;
    harness h(settings);
    h.open();
    std::deque<test_request> requests(3);
    for (auto& request : requests)
        h.protocol->submit(request, h.now);
    CHECK(h.protocol->waiting() == 1);
    h.transport.take();
    h.pass(std::chrono::seconds(30));
    CHECK(h.protocol->is_ready());
    h.pass(std::chrono::seconds(5));
    for (const auto& request : requests) {
        REQUIRE(request.failures == 1);
        CHECK(request.failure->has(errc::heartbeat_failed));
    }
    CHECK(requests[0].failure->outcome() == request_outcome::maybe_executed);
    CHECK(requests[2].failure->outcome() == request_outcome::not_sent);
    CHECK(h.transport.aborted);
}

TEST_CASE("R31 with every id taken an answer puts the end off") {
    protocol::protocol_settings settings;
    settings.max_in_flight = 1;
    harness h(settings);
    h.open();
    test_request first;
    h.protocol->submit(first, h.now);
    const auto stream = h.transport.take().at(0).header.stream;
    h.pass(std::chrono::seconds(34));
    h.answer_void(stream);
    CHECK(first.responses == 1);
    CHECK(h.protocol->next_deadline() == h.now + std::chrono::seconds(30));
    h.pass(std::chrono::seconds(30));
    CHECK(h.transport.take().size() == 1);
}

TEST_CASE("R31 a draining connection has a heartbeat too, so that its last requests end") {
    protocol::protocol_settings settings;
    settings.orphan_count_limit = 0;
    harness h(settings);
    h.open();
    test_request stays;
    test_request given_up;
    h.protocol->submit(stays, h.now);
    h.protocol->submit(given_up, h.now);
    h.transport.take();
    h.protocol->abandon(given_up, h.now);
    REQUIRE(h.protocol->is_draining());
    h.pass(std::chrono::seconds(30));
    CHECK(h.transport.take().size() == 1);
    h.pass(std::chrono::seconds(5));
    REQUIRE(stays.failures == 1);
    CHECK(stays.failure->has(errc::heartbeat_failed));
}

TEST_CASE("R31 R32 a request that a failed heartbeat ended says once what may have become of it") {
    harness h;
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    h.pass(std::chrono::seconds(30));
    h.pass(std::chrono::seconds(5));
    REQUIRE(request.failure);
    const std::string text = request.failure->what();
    INFO(text);
    std::size_t told = 0;
    for (const auto* words : {"may have been executed", "was not sent"})
        for (auto at = text.find(words); at != text.npos; at = text.find(words, at + 1))
            ++told;
    CHECK(told == 1);
    CHECK(text.find("the peer did not answer the heartbeat: OPTIONS") != text.npos);
}
