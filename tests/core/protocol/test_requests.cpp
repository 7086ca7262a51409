#include "core/message/bound_execute.hpp"
#include "harness.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <string>

using namespace cocql;
using namespace cocql::tests;
using wire::opcode;

TEST_CASE("B2 an answer arrives whole however its bytes are split") {
    const auto split = [](std::size_t chunk) {
        harness h;
        h.open();
        test_request request;
        h.protocol->submit(request, h.now);
        const auto sent = h.transport.take();
        const auto frame =
            make_frame(0x84, sent.at(0).header.stream, opcode::result, [](auto& out) {
                for (std::uint32_t i = 0; i < 100; ++i)
                    out.write_u32(i);
            });
        for (std::size_t at = 0; at < frame.size(); at += chunk)
            h.feed(std::span(frame).subspan(at, std::min(chunk, frame.size() - at)));
        CHECK(request.responses == 1);
        CHECK(request.body == std::vector<std::byte>(frame.begin() + 9, frame.end()));
    };
    for (const std::size_t chunk : {1u, 2u, 3u, 8u, 9u, 10u, 13u, 100u, 10000u})
        split(chunk);
}

TEST_CASE("B2 a long answer is read to where it is kept, but for its beginning and its end") {
    for (const bool orphaned : {false, true}) {
        CAPTURE(orphaned);
        harness h;
        h.open();
        test_request request;
        h.protocol->submit(request, h.now);
        const auto stream = h.transport.take().at(0).header.stream;
        if (orphaned)
            h.protocol->abandon(request, h.now);
        const auto frame = make_frame(0x84, stream, opcode::result, [](auto& out) {
            for (std::uint32_t i = 0; i < 200'000; ++i)
                out.write_u32(i);
        });
        CHECK(h.protocol->get_buffer().empty());
        h.feed(std::span(frame).first(1'000));
        std::size_t at = 1'000;
        std::size_t in_place = 0;
        while (at < frame.size()) {
            const auto place = h.protocol->get_buffer();
            const auto count = std::min({std::size_t{30'000}, frame.size() - at,
                                         place.empty() ? frame.size() : place.size()});
            if (place.empty()) {
                h.feed(std::span(frame).subspan(at, count));
            } else {
                std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(at), count, place.begin());
                h.protocol->buffer_updated(count, h.now);
                in_place += count;
            }
            at += count;
        }
        CHECK(in_place > 700'000);
        CHECK(request.responses == (orphaned ? 0 : 1));
        if (!orphaned)
            CHECK(request.body == std::vector<std::byte>(frame.begin() + 9, frame.end()));
        CHECK(h.protocol->orphans() == 0);
        CHECK(h.protocol->is_ready());
    }
}

TEST_CASE("B2 what is read in place after the end means nothing") {
    harness h;
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    const auto stream = h.transport.take().at(0).header.stream;
    const auto frame = make_frame(0x84, stream, opcode::result, [](auto& out) {
        for (std::uint32_t i = 0; i < 20'000; ++i)
            out.write_u32(i);
    });
    h.feed(std::span(frame).first(9));
    const auto place = h.protocol->get_buffer();
    REQUIRE(place.size() == 80'000);
    h.protocol->close(h.now);
    std::copy(frame.begin() + 9, frame.end(), place.begin());
    h.protocol->buffer_updated(80'000, h.now);
    CHECK(request.responses == 0);
    CHECK(request.failures == 1);
}

TEST_CASE("R29 32,768 requests in flight, answered in reverse order, all get their own answer; the "
          "next one is busy") {
    protocol::protocol_settings settings;
    settings.write_buffer_high = std::size_t{1} << 30;
    harness h(settings);
    h.open();
    std::vector<std::unique_ptr<test_request>> requests;
    for (std::size_t i = 0; i < 32768; ++i) {
        requests.push_back(std::make_unique<test_request>());
        h.protocol->submit(*requests.back(), h.now);
    }
    CHECK(h.protocol->in_flight() == 32768);
    test_request refused;
    refused.busy = when_busy::refuse;
    h.protocol->submit(refused, h.now);
    REQUIRE(refused.failures == 1);
    CHECK(refused.failure->is(errc::connection_busy));
    CHECK(refused.failure->outcome() == request_outcome::not_sent);
    test_request waiting;
    h.protocol->submit(waiting, h.now);
    CHECK(waiting.ends() == 0);
    CHECK(h.protocol->waiting() == 1);

    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 32768);
    for (std::size_t i = sent.size(); i-- > 0;)
        answer_with(h, sent[i].header.stream, static_cast<std::uint32_t>(i));
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < requests.size(); ++i)
        if (requests[i]->responses != 1 || requests[i]->failures != 0 || mark_of(*requests[i]) != i)
            ++wrong;
    CHECK(wrong == 0);
    // The one that waited took the first id that became free.
    const auto later = h.transport.take();
    REQUIRE(later.size() == 1);
    answer_with(h, later[0].header.stream, 7);
    CHECK(waiting.responses == 1);
    CHECK(h.protocol->in_flight() == 0);
}

TEST_CASE("R27 a timed-out request leaves an orphan: its late answer is dropped and only then is "
          "the id free") {
    protocol::protocol_settings settings;
    settings.max_in_flight = 1;
    harness h(settings);
    h.open();
    test_request first;
    first.deadline = h.now + std::chrono::seconds(1);
    h.protocol->submit(first, h.now);
    const auto id = h.transport.take().at(0).header.stream;
    CHECK(h.protocol->next_deadline() == first.deadline);
    h.pass(std::chrono::seconds(1));
    REQUIRE(first.failures == 1);
    CHECK(first.failure->is(errc::timed_out));
    CHECK(first.failure->outcome() == request_outcome::maybe_executed);
    CHECK(first.failure->operation() == "QUERY");
    CHECK(h.protocol->orphans() == 1);
    test_request second;
    h.protocol->submit(second, h.now);
    CHECK(h.transport.take().empty());
    answer_with(h, id, 1);
    CHECK(h.protocol->orphans() == 0);
    CHECK(second.ends() == 0);
    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 1);
    answer_with(h, sent[0].header.stream, 2);
    CHECK(second.responses == 1);
    CHECK(mark_of(second) == 2);
    CHECK(first.ends() == 1);
}

TEST_CASE("R27 orphans are bounded by number: past it the connection takes no new requests, "
          "drains, and ends") {
    protocol::protocol_settings settings;
    settings.orphan_count_limit = 3;
    harness h(settings);
    h.open();
    test_request stays;
    h.protocol->submit(stays, h.now);
    std::deque<test_request> given_up(4);
    for (auto& request : given_up) {
        h.protocol->submit(request, h.now);
        h.protocol->abandon(request, h.now);
    }
    CHECK(h.listener.draining == 1);
    CHECK(h.protocol->is_draining());
    test_request late;
    h.protocol->submit(late, h.now);
    REQUIRE(late.failures == 1);
    CHECK(late.failure->is(errc::connection_draining));
    CHECK(late.failure->outcome() == request_outcome::not_sent);
    const auto sent = h.transport.take();
    answer_with(h, sent.at(0).header.stream, 5);
    CHECK(stays.responses == 1);
    CHECK(h.transport.aborted);
    REQUIRE(h.protocol->last_error().has_value());
    CHECK(h.protocol->last_error()->is(errc::connection_draining));
}

TEST_CASE("R27 orphans are bounded by age") {
    protocol::protocol_settings settings;
    settings.orphan_age_limit = std::chrono::seconds(20);
    settings.heartbeat_interval.reset();
    harness h(settings);
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    h.protocol->abandon(request, h.now);
    CHECK(h.protocol->next_deadline() == h.now + std::chrono::seconds(20));
    h.pass(std::chrono::seconds(19));
    CHECK(!h.transport.aborted);
    h.pass(std::chrono::seconds(1));
    CHECK(h.listener.draining == 1);
    CHECK(h.transport.aborted);
}

TEST_CASE("R28 an answer on an id nobody waits for makes the connection defunct") {
    harness h;
    h.open();
    test_request other;
    h.protocol->submit(other, h.now);
    answer_with(h, 77, 1);
    REQUIRE(other.failures == 1);
    CHECK(other.failure->has(errc::protocol_error));
    CHECK(std::string(other.failure->what()).find("stream 77") != std::string::npos);
    CHECK(h.transport.aborted);
}

TEST_CASE("R28 a duplicate answer makes the connection defunct and its id is never free twice") {
    harness h;
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    const auto id = h.transport.take().at(0).header.stream;
    answer_with(h, id, 1);
    CHECK(request.responses == 1);
    answer_with(h, id, 1);
    CHECK(h.transport.aborted);
    CHECK(h.protocol->last_error()->is(errc::protocol_error));
}

TEST_CASE("R28 bad headers make the connection defunct") {
    std::vector<std::byte> frame;
    SUBCASE("no direction bit") {
        frame = make_frame(0x04, 0, opcode::result);
    }
    SUBCASE("another version") {
        frame = make_frame(0x83, 0, opcode::result);
    }
    SUBCASE("the reactor suite's version byte 0xa4") {
        frame = make_frame(0xa4, 0, opcode::result);
    }
    SUBCASE("an unknown opcode") {
        frame = make_frame(0x84, 0, static_cast<opcode>(0x42));
    }
    SUBCASE("a request's opcode") {
        frame = make_frame(0x84, 0, opcode::query);
    }
    SUBCASE("an unknown flag") {
        frame = make_frame(0x84, 0, opcode::result, nullptr, 0x40);
    }
    SUBCASE("compression that was not agreed on") {
        frame = make_frame(0x84, 0, opcode::result, nullptr, 0x01);
    }
    SUBCASE("stream -2") {
        frame = make_frame(0x84, -2, opcode::result);
    }
    SUBCASE("stream -1 without an event") {
        frame = make_frame(0x84, -1, opcode::result);
    }
    SUBCASE("an event on a request's stream") {
        frame = make_frame(0x84, 0, opcode::event);
    }
    SUBCASE("a body over the limit") {
        frame = make_frame(0x84, 0, opcode::result);
        frame[5] = std::byte{0x7f};
    }
    harness h;
    h.open();
    test_request request;
    h.protocol->submit(request, h.now);
    h.feed(frame);
    REQUIRE(request.failures == 1);
    CHECK(request.failure->has(errc::protocol_error));
    CHECK(request.failure->outcome() == request_outcome::not_sent);
    CHECK(h.transport.aborted);
}

TEST_CASE(
    "R30 giving a request up keeps the connection usable and never delivers another's answer") {
    harness h;
    h.open();
    test_request first;
    test_request second;
    h.protocol->submit(first, h.now);
    h.protocol->submit(second, h.now);
    const auto sent = h.transport.take();
    CHECK(h.protocol->abandon(first, h.now) == request_outcome::maybe_executed);
    answer_with(h, sent[1].header.stream, 2);
    answer_with(h, sent[0].header.stream, 1);
    CHECK(first.ends() == 0);
    CHECK(second.responses == 1);
    CHECK(mark_of(second) == 2);
    CHECK(h.protocol->is_ready());
}

TEST_CASE("R32 a request that never left the write buffer was certainly not executed") {
    harness h;
    h.open();
    test_request queued;
    h.protocol->submit(queued, h.now);
    h.protocol->defunct(error(errc::protocol_error, "broken"));
    REQUIRE(queued.failures == 1);
    CHECK(queued.failure->outcome() == request_outcome::not_sent);
}

namespace {

prepared_statement insert() {
    prepared_statement::parts parts;
    parts.id.assign(16, std::byte{0xaa});
    parts.parameters = {{"ks", "t", "k", data_type::kind::int_},
                        {"ks", "t", "v", data_type::kind::text}};
    return prepared_statement(std::move(parts));
}

/// Executes an INSERT of a text of this length.
class insertion {
  public:
    explicit insertion(std::size_t length)
        : text(length, 'x'), bound(insert().bind(7, text).value()), asked(bound, nullptr, false) {
        request.message = &asked;
    }
    std::string text;
    bound_statement bound;
    message::bound_execute asked;
    test_request request;
};

bool ends_with_text(const memory_transport::frame& frame, const std::string& text) {
    const auto end = frame.body.size() - 4; // the page size
    return frame.header.opcode == opcode::execute && end > text.size() &&
           std::string(reinterpret_cast<const char*>(frame.body.data()) + end - text.size(),
                       text.size()) == text;
}

} // namespace

TEST_CASE("A long value goes to the transport as it is, in its place among the other requests") {
    harness h;
    h.open();
    test_request before;
    insertion first(1'000'000);
    test_request between;
    insertion second(20'000);
    test_request after;
    for (auto* const each : {&before, &first.request, &between, &second.request, &after})
        h.protocol->submit(*each, h.now);
    CHECK(h.transport.apart == 2);
    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 5);
    CHECK(sent[0].header.opcode == opcode::query);
    CHECK(ends_with_text(sent[1], first.text));
    CHECK(sent[2].header.opcode == opcode::query);
    CHECK(ends_with_text(sent[3], second.text));
    CHECK(sent[4].header.opcode == opcode::query);
    for (const auto& each : sent)
        h.answer_void(each.header.stream);
    CHECK(first.request.responses == 1);
    CHECK(second.request.responses == 1);
}

TEST_CASE("A frame that is too long fails alone, and none of its bytes is left in the transport") {
    protocol::protocol_settings settings;
    settings.max_request_size = 100'000;
    harness h(settings);
    h.open();
    insertion fits(90'000);
    insertion too_long(100'000);
    test_request after;
    for (auto* const each : {&fits.request, &too_long.request, &after})
        h.protocol->submit(*each, h.now);
    REQUIRE(too_long.request.failures == 1);
    CHECK(too_long.request.failure->is(errc::invalid_argument));
    CHECK(too_long.request.failure->outcome() == request_outcome::not_sent);
    CHECK(std::string(too_long.request.failure->what())
              .find("longer than max_request_size, 100000 bytes") != std::string::npos);
    CHECK(h.transport.apart == 1);
    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 2);
    CHECK(ends_with_text(sent[0], fits.text));
    CHECK(sent[1].header.opcode == opcode::query);
    CHECK(h.protocol->in_flight() == 2);
}

TEST_CASE("Each of the two limits is for one direction, and its error names it") {
    protocol::protocol_settings settings;
    settings.max_frame_size = 2'000;
    settings.max_request_size = 100'000;
    harness h(settings);
    h.open();
    const auto answer_with = [](harness& to, std::int16_t stream, std::size_t length) {
        to.answer(stream, opcode::result,
                  [&](auto& out) { out.write_bytes(std::vector<std::byte>(length)); });
    };
    test_request longer_than_any_answer(std::string(50'000, 'x'));
    h.protocol->submit(longer_than_any_answer, h.now);
    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 1);
    answer_with(h, sent[0].header.stream, 2'000);
    CHECK(longer_than_any_answer.responses == 1);
    test_request too_much;
    h.protocol->submit(too_much, h.now);
    answer_with(h, h.transport.take().at(0).header.stream, 2'001);
    REQUIRE(too_much.failures == 1);
    REQUIRE(h.protocol->last_error().has_value());
    CHECK(h.protocol->last_error()->is(errc::protocol_error));
    CHECK(std::string(h.protocol->last_error()->what()).find("limit of 2000, max_frame_size") !=
          std::string::npos);

    settings.max_frame_size = 100'000;
    settings.max_request_size = 2'000;
    harness other(settings);
    other.open();
    test_request too_long(std::string(2'001, 'x'));
    other.protocol->submit(too_long, other.now);
    REQUIRE(too_long.failures == 1);
    CHECK(std::string(too_long.failure->what()).find("max_request_size, 2000 bytes") !=
          std::string::npos);
    test_request fits("SELECT");
    other.protocol->submit(fits, other.now);
    answer_with(other, other.transport.take().at(0).header.stream, 50'000);
    CHECK(fits.responses == 1);
}

TEST_CASE(
    "A custom payload that its 16-bit lengths and counts cannot say is refused, and not sent") {
    std::map<std::string, std::vector<std::byte>> long_key{{std::string(70'000, 'k'), {}}};
    std::map<std::string, std::vector<std::byte>> many;
    for (int i = 0; i < 70'000; ++i)
        many.emplace(std::to_string(i), std::vector<std::byte>());
    std::map<std::string, std::vector<std::byte>> longest{{std::string(65'535, 'k'), {}}};
    harness h;
    h.open();
    test_request with_long_key;
    with_long_key.custom_payload = &long_key;
    test_request with_many;
    with_many.custom_payload = &many;
    test_request fits;
    fits.custom_payload = &longest;
    for (auto* const each : {&with_long_key, &with_many, &fits})
        h.protocol->submit(*each, h.now);
    for (auto* const each : {&with_long_key, &with_many}) {
        REQUIRE(each->failures == 1);
        CHECK(each->failure->is(errc::invalid_argument));
        CHECK(each->failure->outcome() == request_outcome::not_sent);
        CHECK(std::string(each->failure->what()).find("custom payload") != std::string::npos);
    }
    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 1);
    base::byte_reader in(sent[0].body);
    CHECK(wire::read_bytes_map(in) == longest);
    CHECK(message::query::decode(in, protocol_version::v4).has_value());
    CHECK(h.protocol->in_flight() == 1);
}

TEST_CASE("Where frames are compressed or cut into segments, long values are copied into them") {
    for (const auto version : {protocol_version::v4, protocol_version::v5}) {
        protocol::protocol_settings settings;
        settings.version = version;
        settings.compression = compression::lz4;
        harness h(settings);
        h.open();
        insertion one(1'000'000);
        h.protocol->submit(one.request, h.now);
        CHECK(h.transport.apart == 0);
        const auto sent = h.transport.take();
        REQUIRE(sent.size() == 1);
        CHECK(sent[0].header.opcode == opcode::execute);
        CHECK((version < protocol_version::v5 || ends_with_text(sent[0], one.text)));
    }
}
