#include "core/protocol/heartbeat.hpp"
#include "harness.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;
using wire::opcode;

TEST_CASE("R31 the heartbeat's times") {
    const base::time_point begin{1h};
    memory_transport transport;
    protocol::heartbeat beat(30s, 5s);
    beat.received(begin);
    CHECK(beat.due() == begin + 30s);
    CHECK_FALSE(beat.is_asking());
    beat.ask(protocol::heartbeat::question::options, begin + 31s, transport);
    CHECK(beat.is_asking());
    CHECK(beat.due() == begin + 36s);
    CHECK_FALSE(beat.look(begin + 36s - 1ns, transport));
    beat.received(begin + 36s - 1ns);
    CHECK_FALSE(beat.look(begin + 36s, transport));
    CHECK(beat.due() == begin + 41s - 1ns);
    beat.answered();
    CHECK_FALSE(beat.is_asking());
    CHECK(beat.due() == begin + 66s - 1ns);
    beat.ask(protocol::heartbeat::question::requests, begin + 70s, transport);
    CHECK(beat.is_asking());
    CHECK(beat.look(begin + 75s, transport));
    beat.received(begin + 70s);
    CHECK_FALSE(beat.is_asking());
    CHECK(beat.due() == begin + 100s);
    protocol::heartbeat none(std::nullopt, 5s);
    none.received(begin);
    CHECK(none.due() == base::never);
    protocol::heartbeat patient(30s, base::duration::max());
    patient.received(begin);
    patient.ask(protocol::heartbeat::question::options, begin + 30s, transport);
    CHECK(patient.due() == base::never);
}

TEST_CASE(
    "R31 R32 why a peer is given up: what it was asked by, and whether it takes what is sent") {
    const base::time_point begin{1h};
    memory_transport transport;
    protocol::heartbeat beat(30s, 5s);
    beat.received(begin);
    const auto cause_of = [](const error& missed) {
        REQUIRE(missed.cause() != nullptr);
        CHECK(missed.is(errc::heartbeat_failed));
        CHECK(missed.cause()->is(errc::timed_out));
        return *missed.cause();
    };
    SUBCASE("OPTIONS") {
        beat.ask(protocol::heartbeat::question::options, begin + 30s, transport);
        REQUIRE(beat.look(begin + 35s, transport));
        const auto missed = beat.missed("127.0.0.1:9042");
        CHECK(missed.message() == "the peer did not answer the heartbeat");
        CHECK(cause_of(missed).message() == "nothing was received within the heartbeat's time-out");
        CHECK(cause_of(missed).endpoint() == "127.0.0.1:9042");
        CHECK(cause_of(missed).operation() == "OPTIONS");
    }
    SUBCASE("OPTIONS behind what it does not take") {
        transport.buffer.append(std::vector<std::byte>(1000));
        beat.ask(protocol::heartbeat::question::options, begin + 30s, transport);
        REQUIRE(beat.look(begin + 35s, transport));
        CHECK(cause_of(beat.missed("127.0.0.1:9042")).message() ==
              "the peer takes nothing of what is sent to it");
    }
    SUBCASE("the requests on all stream ids") {
        beat.ask(protocol::heartbeat::question::requests, begin + 30s, transport);
        REQUIRE(beat.look(begin + 35s, transport));
        const auto missed = beat.missed("127.0.0.1:9042");
        CHECK(missed.message() == "the peer answered none of the requests on all stream ids");
        CHECK(cause_of(missed).operation().empty());
    }
}

namespace {

/// A connection with a statement of 6 MB that is still to be taken by the peer when the heartbeat
/// is due.
struct busy_sending {
    explicit busy_sending(protocol::protocol_settings settings = protocol::protocol_settings())
        : h(std::move(settings)) {
        h.open();
        h.protocol->submit(request, h.now);
    }
    /// The system takes what was queued.
    void give() {
        h.transport.unacknowledged += h.transport.buffer.size();
        h.transport.drop();
    }
    /// The peer's system takes so much of it.
    void take(std::uint64_t bytes) {
        h.transport.unacknowledged -= std::min(h.transport.unacknowledged, bytes);
    }
    bool is_found_out() const { return h.protocol->is_over(); }
    /// All that was given, in two minutes.
    void take_all_slowly() {
        for (int second = 0; second < 120; ++second) {
            take(50'000);
            h.pass(1s);
            REQUIRE_FALSE(is_found_out());
        }
    }

    harness h;
    test_request request{std::string(6'000'000, 'x')};
};

} // namespace

TEST_CASE("R31 a request of megabytes that the peer takes slowly is no silence") {
    busy_sending busy;
    auto& h = busy.h;
    busy.give();
    busy.take_all_slowly();
    CHECK(busy.request.ends() == 0);
    // All of it is taken, and the heartbeat with it: now the answer is owed.
    busy.give();
    busy.take(10'000'000);
    h.pass(1250ms);
    SUBCASE("it comes") {
        h.pass(4s);
        h.answer_supported(1);
        h.answer_void(0);
        CHECK(busy.request.responses == 1);
        CHECK(h.protocol->is_ready());
        CHECK(h.protocol->next_deadline() == h.now + 30s);
    }
    SUBCASE("it does not") {
        h.pass(5s - 1ns);
        CHECK_FALSE(busy.is_found_out());
        h.pass(1ns);
        REQUIRE(busy.request.failures == 1);
        CHECK(busy.request.failure->has(errc::heartbeat_failed));
    }
}

TEST_CASE("R31 a heartbeat that waits in our own buffer does not time out while the system's is "
          "emptied") {
    busy_sending busy;
    auto& h = busy.h;
    h.transport.drop();
    h.transport.unacknowledged = 6'000'000;
    test_request behind(std::string(3'000'000, 'y'));
    h.protocol->submit(behind, h.now); // and not given to the system
    h.pass(30s);
    for (int second = 0; second < 60; ++second) {
        busy.take(50'000);
        h.pass(1s);
        REQUIRE_FALSE(busy.is_found_out());
    }
    h.pass(5s);
    CHECK(busy.is_found_out());
}

TEST_CASE("R31 a peer that takes nothing any more is found out in its time-out and a quarter, and "
          "the error says so") {
    for (auto offset = 0ms; offset < 2500ms; offset += 125ms) {
        busy_sending busy;
        auto& h = busy.h;
        busy.give();
        h.pass(30s);
        const auto last = h.now + 10s + offset;
        // As a timekeeper does it: called when it is due.
        bool taking = true;
        while (!busy.is_found_out()) {
            auto next = h.protocol->next_deadline();
            if (taking && next > last) {
                h.now = last;
                busy.take(50'000);
                taking = false;
                continue;
            }
            REQUIRE(next > h.now);
            REQUIRE(next <= last + 5s + 1250ms);
            if (taking)
                busy.take(50'000);
            h.now = next;
            h.protocol->handle_timeout(h.now);
        }
        CHECK(h.now >= last + 5s);
        CHECK(h.now <= last + 5s + 1250ms);
        REQUIRE(busy.request.failures == 1);
        const std::string what(busy.request.failure->what());
        CHECK(what.find("the peer takes nothing of what is sent to it") != std::string::npos);
    }
}

TEST_CASE("R31 what is sent after the heartbeat, and taken for a program that hangs, puts nothing "
          "off") {
    busy_sending busy;
    auto& h = busy.h;
    busy.give();
    busy.take(10'000'000);
    h.pass(30s);
    const auto asked = h.now;
    std::deque<test_request> more(100);
    while (!busy.is_found_out()) {
        REQUIRE(h.now < asked + 10s);
        h.protocol->submit(more[static_cast<std::size_t>((h.now - asked) / 100ms)], h.now);
        busy.give();
        busy.take(10'000'000);
        h.pass(100ms);
    }
    CHECK(h.now == asked + 5s);
}

TEST_CASE("R31 an answer of megabytes that arrives slowly is no silence, though the heartbeat's "
          "comes behind it") {
    harness h;
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    const auto stream = h.transport.take().at(0).header.stream;
    h.pass(30s);
    const auto heartbeat = h.transport.take().at(0).header.stream;
    const auto answer = make_frame(h.version(), stream, opcode::result, [](base::byte_writer& out) {
        out.write_bytes(std::vector<std::byte>(60'000));
    });
    const std::span<const std::byte> bytes(answer);
    for (std::size_t at = 0; at < bytes.size(); at += 1'000) {
        h.feed(bytes.subspan(at, std::min<std::size_t>(1'000, bytes.size() - at)));
        h.pass(1s);
        REQUIRE(h.protocol->is_ready());
    }
    CHECK(request.responses == 1);
    SUBCASE("then it comes") {
        h.answer_supported(heartbeat);
        CHECK(h.protocol->is_ready());
    }
    SUBCASE("then nothing comes") {
        h.pass(4s);
        CHECK(h.protocol->last_error());
        CHECK(h.protocol->last_error()->is(errc::heartbeat_failed));
    }
}

namespace {

/// Takes what ids there are with requests that are not answered.
void take_ids(harness& h, std::deque<test_request>& requests, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        h.protocol->submit(requests.emplace_back(), h.now);
}

constexpr std::size_t all_ids = protocol::slot_table::id_count;

} // namespace

TEST_CASE("R31 with every id taken, sending and receiving slowly is no silence either") {
    busy_sending busy;
    auto& h = busy.h;
    busy.give();
    std::deque<test_request> others;
    take_ids(h, others, all_ids - 1);
    busy.take_all_slowly();
    h.pass(5s);
    REQUIRE(busy.request.failures == 1);
    CHECK(busy.request.failure->has(errc::heartbeat_failed));
}

TEST_CASE("R31 with all requests in flight that may be, a peer that takes long to answer them is "
          "asked whether it is there") {
    protocol::protocol_settings settings;
    settings.max_in_flight = 1;
    harness h(settings);
    h.open();
    std::deque<test_request> requests;
    take_ids(h, requests, 2);
    const auto slow = h.transport.take().at(0).header.stream;
    for (int asked = 0; asked < 3; ++asked) {
        h.pass(30s);
        const auto sent = h.transport.take();
        REQUIRE(sent.size() == 1);
        CHECK(sent[0].header.opcode == opcode::options);
        CHECK(sent[0].header.stream != slow);
        h.pass(4s);
        h.answer_supported(sent[0].header.stream);
        REQUIRE(h.protocol->is_ready());
        CHECK(h.protocol->in_flight() == 1);
    }
    SUBCASE("and is left in peace while it answers nothing else") {
        h.answer_void(slow);
        CHECK(requests[0].responses == 1);
        CHECK(h.protocol->in_flight() == 1); // the one that waited, and no more
        const auto next = h.transport.take();
        REQUIRE(next.size() == 1);
        CHECK(next[0].header.stream == slow);
        take_ids(h, requests, 1);
        CHECK(h.protocol->waiting() == 1);
        h.answer_void(slow);
        CHECK(requests[1].responses == 1);
    }
    SUBCASE("its answers may come before the heartbeat's") {
        h.pass(30s);
        const auto beat = h.transport.take().at(0).header.stream;
        h.answer_void(slow);
        const auto next = h.transport.take();
        REQUIRE(next.size() == 1); // the heartbeat is no request of the application's
        CHECK(next[0].header.opcode == opcode::query);
        take_ids(h, requests, 1);
        h.answer_supported(beat);
        CHECK(h.protocol->waiting() == 1);
        CHECK(h.transport.take().empty());
        h.answer_void(next[0].header.stream);
        h.answer_void(h.transport.take().at(0).header.stream);
        for (const auto& request : requests)
            CHECK(request.responses == 1);
        CHECK(h.protocol->in_flight() == 0);
    }
    SUBCASE("nor does a request that was given up keep it from being asked") {
        h.protocol->abandon(requests[0], h.now);
        h.pass(30s);
        const auto sent = h.transport.take();
        REQUIRE(sent.size() == 1);
        CHECK(sent[0].header.opcode == opcode::options);
    }
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

TEST_CASE("R31 a connection goes to rest when it is open, and with a heartbeat's answer unless "
          "somebody waits for another one") {
    harness h;
    h.connect();
    h.answer_supported(h.transport.take().at(0).header.stream);
    CHECK(h.transport.rests == 0);
    h.answer(h.transport.take().at(0).header.stream, wire::opcode::ready);
    CHECK(h.transport.rests == 1);
    test_request request;
    h.protocol->submit(request, h.now);
    h.answer_void(h.transport.take().at(0).header.stream);
    CHECK(h.transport.rests == 1);
    h.pass(std::chrono::seconds(30));
    const auto heartbeat = h.transport.take().at(0).header.stream;
    test_request meanwhile;
    h.protocol->submit(meanwhile, h.now);
    h.answer_supported(heartbeat);
    CHECK(h.transport.rests == 1);
    h.answer_void(h.transport.take().at(0).header.stream);
    h.pass(std::chrono::seconds(30));
    h.answer_supported(h.transport.take().at(0).header.stream);
    CHECK(h.transport.rests == 2);
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
    for (const std::size_t limit : {std::size_t{2}, all_ids}) {
        CAPTURE(limit);
        protocol::protocol_settings settings;
        settings.max_in_flight = limit;
        harness h(settings);
        h.open();
        std::deque<test_request> requests;
        take_ids(h, requests, limit + 1);
        CHECK(h.protocol->waiting() == 1);
        h.transport.take();
        h.pass(std::chrono::seconds(30));
        CHECK(h.protocol->is_ready());
        CHECK(h.transport.take().size() == (limit == all_ids ? 0 : 1));
        h.pass(std::chrono::seconds(5));
        bool told = true;
        for (const auto& request : requests)
            told = told && request.failures == 1 && request.failure->has(errc::heartbeat_failed);
        REQUIRE(told);
        CHECK(requests.front().failure->outcome() == request_outcome::maybe_executed);
        CHECK(requests.back().failure->outcome() == request_outcome::not_sent);
        CHECK(h.transport.aborted);
    }
}

TEST_CASE("R31 with every id taken an answer puts the end off") {
    harness h;
    h.open();
    std::deque<test_request> requests;
    take_ids(h, requests, all_ids);
    const auto stream = h.transport.take().at(0).header.stream;
    h.pass(std::chrono::seconds(34));
    h.answer_void(stream);
    CHECK(requests[0].responses == 1);
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

TEST_CASE("R31 nobody has to wait for a heartbeat's answer, nor is refused") {
    for (const auto busy : {when_busy::wait, when_busy::refuse}) {
        protocol::protocol_settings settings;
        settings.max_in_flight = 1;
        harness h(settings);
        h.open();
        h.pass(30s);
        const auto beat = h.transport.take().at(0).header.stream;
        CHECK(h.protocol->in_flight() == 0);
        test_request request;
        request.busy = busy;
        h.protocol->submit(request, h.now);
        const auto sent = h.transport.take();
        REQUIRE(sent.size() == 1);
        CHECK(sent[0].header.stream != beat);
        h.answer_void(sent[0].header.stream);
        CHECK(request.responses == 1);
        h.answer_supported(beat);
        CHECK(h.protocol->is_ready());
    }
}

TEST_CASE("R31 R27 a drained connection ends, whether its heartbeat is due or on its way") {
    for (const std::size_t limit : {std::size_t{2}, all_ids})
        for (const bool on_its_way : {false, true}) {
            CAPTURE(limit);
            CAPTURE(on_its_way);
            protocol::protocol_settings settings;
            settings.orphan_count_limit = 0;
            settings.max_in_flight = limit;
            harness h(settings);
            h.open();
            test_request request;
            request.deadline = h.now + (on_its_way ? 31s : 30s);
            h.protocol->submit(request, h.now);
            h.transport.take();
            h.pass(30s);
            CHECK(h.transport.take().size() == (on_its_way ? 1 : 0));
            if (on_its_way)
                h.pass(1s);
            REQUIRE(request.failures == 1);
            CHECK(request.failure->is(errc::timed_out));
            REQUIRE(h.protocol->last_error().has_value());
            CHECK(h.protocol->last_error()->is(errc::connection_draining));
        }
}
