#include "harness.hpp"

#include <doctest/doctest.h>

#include <deque>

using namespace cocql;
using namespace cocql::tests;
using wire::opcode;

TEST_CASE("B3 connection_lost with an error: defunct, every request fails once with the cause") {
    harness h;
    h.open();
    test_request sent;
    test_request given_up;
    h.protocol->submit(sent, h.now);
    h.protocol->submit(given_up, h.now);
    h.transport.take();
    h.protocol->abandon(given_up, h.now);
    h.protocol->connection_lost(error(errc::connection_lost, "reset by the network"), h.now);
    REQUIRE(sent.failures == 1);
    CHECK(sent.failure->has(errc::connection_lost));
    CHECK(sent.failure->outcome() == request_outcome::maybe_executed);
    CHECK(std::string(sent.failure->what()).find("reset by the network") != std::string::npos);
    CHECK(given_up.ends() == 0);
    REQUIRE(h.listener.ended.size() == 1);
    CHECK(h.listener.ended[0].has_value());
    h.protocol->connection_lost(std::nullopt, h.now);
    CHECK(h.listener.ended.size() == 1);
}

TEST_CASE("B3 connection_lost without an error: closed; requests in flight still fail") {
    harness h;
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    h.protocol->eof_received(h.now);
    h.protocol->connection_lost(std::nullopt, h.now);
    REQUIRE(request.failures == 1);
    CHECK(request.failure->has(errc::connection_lost));
    REQUIRE(h.listener.ended.size() == 1);
    CHECK(!h.listener.ended[0].has_value());
}

TEST_CASE("B3 the end of the stream in the middle of a frame is a truncation") {
    harness h;
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    const auto frame = make_frame(0x84, 0, opcode::result, [](auto& out) { out.write_i32(1); });
    h.feed(std::span(frame).first(frame.size() - 1));
    h.protocol->eof_received(h.now);
    REQUIRE(request.failures == 1);
    CHECK(std::string(request.failure->what()).find("middle of a frame") != std::string::npos);
    CHECK(h.transport.aborted);
}

TEST_CASE("B4 over the high-water mark a raw send fails at once, an awaiting one waits within its "
          "deadline") {
    harness h;
    h.open();
    CHECK(h.transport.high_water == h.settings.write_buffer_high);
    CHECK(h.transport.low_water == h.settings.write_buffer_low);
    h.protocol->pause_writing();
    CHECK(h.listener.pauses == 1);
    const auto frame = make_frame(0x04, 9, opcode::options);
    auto pushed = h.protocol->push(frame);
    REQUIRE(!pushed);
    CHECK(pushed.error().is(errc::connection_busy));
    test_request refused;
    refused.busy = when_busy::refuse;
    h.protocol->submit(refused, h.now);
    CHECK(refused.failure->is(errc::connection_busy));
    test_request waits;
    test_request gives_up;
    gives_up.deadline = h.now + std::chrono::seconds(1);
    h.protocol->submit(waits, h.now);
    h.protocol->submit(gives_up, h.now);
    CHECK(h.transport.take().empty());
    h.pass(std::chrono::seconds(1));
    REQUIRE(gives_up.failures == 1);
    CHECK(gives_up.failure->is(errc::timed_out));
    CHECK(gives_up.failure->outcome() == request_outcome::not_sent);
    CHECK(waits.ends() == 0);
    h.protocol->resume_writing(h.now);
    CHECK(h.listener.resumes == 1);
    CHECK(h.transport.take().size() == 1);
    CHECK(h.protocol->push(frame).has_value());
}

TEST_CASE("P20 P21 pushed frames leave whole, in the order of their calls, in one buffer") {
    harness h;
    h.open();
    for (std::int16_t i = 0; i < 50; ++i)
        CHECK(h.protocol->push(make_frame(0x04, i, opcode::options)).has_value());
    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 50);
    for (std::size_t i = 0; i < sent.size(); ++i)
        CHECK(sent[i].header.stream == static_cast<std::int16_t>(i));
}

TEST_CASE("P22 push after close or defunct fails at once with the last error") {
    harness h;
    h.open();
    errc expected{};
    SUBCASE("closed") {
        h.protocol->close(h.now);
        expected = errc::connection_closed;
    }
    SUBCASE("defunct") {
        h.protocol->defunct(error(errc::heartbeat_failed, "silent"));
        expected = errc::heartbeat_failed;
    }
    const auto pushed = h.protocol->push(make_frame(0x04, 1, opcode::options));
    REQUIRE(!pushed);
    CHECK(pushed.error().is(expected));
    test_request late;
    h.protocol->submit(late, h.now);
    CHECK(late.failure->has(expected));
    CHECK(late.failure->outcome() == request_outcome::not_sent);
}

TEST_CASE("X23 defunct: the first call wins, everything in flight ends once with the cause") {
    harness h;
    h.open();
    std::deque<test_request> requests(100);
    for (auto& request : requests)
        h.protocol->submit(request, h.now);
    h.protocol->defunct(error(errc::protocol_error, "the first"));
    h.protocol->defunct(error(errc::io_failed, "the second"));
    h.protocol->connection_lost(error(errc::cancelled, "the third"), h.now);
    for (const auto& request : requests) {
        CHECK(request.ends() == 1);
        CHECK(std::string(request.failure->what()).find("the first") != std::string::npos);
    }
    CHECK(h.protocol->last_error()->message() == "the first");
    REQUIRE(h.listener.ending.size() == 1);
    CHECK(h.listener.ending[0].message() == "the first");
    CHECK(h.transport.aborted);
    CHECK(h.listener.ended.size() == 1);
}

TEST_CASE("X23 defunct during start-up completes connected with its error") {
    harness h;
    h.connect();
    h.protocol->defunct(error(errc::io_failed, "no more"));
    REQUIRE(h.listener.startup.size() == 1);
    CHECK(h.listener.startup[0].error().is(errc::io_failed));
}

TEST_CASE("X24 close is idempotent, ends requests as closed and lets the transport finish") {
    harness h;
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    h.protocol->close(h.now);
    h.protocol->close(h.now);
    CHECK(request.failures == 1);
    CHECK(request.failure->has(errc::connection_closed));
    CHECK(h.transport.closed);
    CHECK(!h.transport.aborted);
    h.protocol->connection_lost(std::nullopt, h.now);
    REQUIRE(h.listener.ended.size() == 1);
    CHECK(!h.listener.ended[0].has_value());
}

TEST_CASE("X23 handlers may submit, give up and close from inside a failure") {
    harness h;
    h.open();
    test_request first;
    test_request second;
    test_request third;
    first.then = [&] {
        h.protocol->abandon(second, h.now);
        h.protocol->submit(third, h.now);
        h.protocol->close(h.now);
    };
    h.protocol->submit(first, h.now);
    h.protocol->submit(second, h.now);
    h.protocol->defunct(error(errc::io_failed, "gone"));
    CHECK(first.ends() == 1);
    CHECK(second.ends() <= 1);
    CHECK(third.ends() == 1);
    CHECK(h.protocol->in_flight() == 0);
}

TEST_CASE("B2 a handler that closes in the middle of a read ends the rest of it") {
    harness h;
    h.open();
    test_request first;
    test_request second;
    h.protocol->submit(first, h.now);
    h.protocol->submit(second, h.now);
    first.then = [&] { h.protocol->close(h.now); };
    auto both = make_frame(0x84, 0, opcode::result, [](auto& out) { out.write_i32(1); });
    const auto other = make_frame(0x84, 1, opcode::result, [](auto& out) { out.write_i32(1); });
    both.insert(both.end(), other.begin(), other.end());
    h.feed(both);
    CHECK(first.responses == 1);
    CHECK(second.failures == 1);
    CHECK(second.responses == 0);
}

TEST_CASE("R32 events reach the listener, a broken one ends the connection") {
    harness h;
    h.open();
    h.answer(-1, opcode::event, [](auto& out) {
        message::encode_event(out, status_change{"UP", "127.0.0.3", 9042});
    });
    REQUIRE(h.listener.events.size() == 1);
    CHECK(std::get<status_change>(h.listener.events[0]).address == "127.0.0.3");
    h.answer(-1, opcode::event, [](auto& out) { wire::write_string(out, "STATUS_CHANGE"); });
    CHECK(h.protocol->last_error()->is(errc::protocol_error));
}

TEST_CASE("X23 an answer is delivered before a waiting request takes its id, so giving it up from "
          "there is safe") {
    protocol::protocol_settings settings;
    settings.max_in_flight = 1;
    settings.max_request_size = 100;
    harness h(settings);
    h.open();
    test_request first;
    test_request too_long(std::string(200, 'x'));
    h.protocol->submit(first, h.now);
    h.protocol->submit(too_long, h.now);
    int ends_seen = -1;
    too_long.then = [&] {
        ends_seen = first.ends();
        h.protocol->abandon(first, h.now);
    };
    h.answer_void(h.transport.take().at(0).header.stream);
    CHECK(ends_seen == 1);
    CHECK(first.ends() == 1);
    REQUIRE(too_long.failures == 1);
    CHECK(too_long.failure->is(errc::invalid_argument));
    CHECK(too_long.failure->outcome() == request_outcome::not_sent);
    CHECK(h.protocol->is_ready());
}

TEST_CASE("R32 a request that is given up in the write buffer still leaves: it may be executed") {
    harness h;
    h.open();
    test_request queued;
    h.protocol->submit(queued, h.now);
    CHECK(h.protocol->abandon(queued, h.now) == request_outcome::maybe_executed);
    test_request late;
    late.deadline = h.now + std::chrono::seconds(1);
    h.protocol->submit(late, h.now);
    h.pass(std::chrono::seconds(1));
    REQUIRE(late.failures == 1);
    CHECK(late.failure->outcome() == request_outcome::maybe_executed);
    CHECK(h.transport.take().size() == 2);
}

TEST_CASE("R32 X24 close() writes what is in the write buffer: a request there may be executed") {
    harness h;
    h.open();
    test_request queued;
    h.protocol->submit(queued, h.now);
    h.protocol->close(h.now);
    REQUIRE(queued.failures == 1);
    CHECK(queued.failure->outcome() == request_outcome::maybe_executed);
    CHECK(!h.transport.aborted);
    CHECK(h.transport.take().size() == 1);
}
