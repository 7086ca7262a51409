#include "../bytes.hpp"
#include "harness.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace cocql;
using namespace cocql::tests;

namespace {

/// What ScyllaDB says to OPTIONS on its TLS port: fatal, unexpected_message.
const std::string golden = "1503030002020a";

error why_opening_failed(const harness& h) {
    REQUIRE(h.listener.startup.size() == 1);
    REQUIRE(!h.listener.startup[0]);
    return h.listener.startup[0].error();
}

void check_wants_tls(const error& failure, int alert) {
    INFO(std::string(failure.what()));
    CHECK(failure.is(errc::tls_required));
    CHECK(failure.tls_alert() == alert);
    CHECK(failure.endpoint() == "127.0.0.1:9042");
    CHECK(failure.message() ==
          "the port wants TLS: it answered a plain connection with TLS alert " +
              std::to_string(alert));
    CHECK(failure.advice() == "turn TLS on, or give the port for plain connections");
}

} // namespace

TEST_CASE("R28 a plain connection to a port that speaks TLS is told to turn TLS on, when the alert "
          "is there") {
    for (const std::size_t piece : {1u, 2u, 3u, 4u, 5u, 6u, 7u}) {
        CAPTURE(piece);
        harness h;
        h.connect();
        const auto whole = hex(golden);
        for (std::size_t at = 0; at < whole.size(); at += piece) {
            CHECK(h.listener.startup.empty());
            h.feed(std::span(whole).subspan(at, std::min(piece, whole.size() - at)));
        }
        check_wants_tls(why_opening_failed(h), 10);
        CHECK(h.transport.aborted);
        h.protocol->connection_lost(std::nullopt, h.now);
        CHECK(h.listener.startup.size() == 1);
        check_wants_tls(h.listener.ending.at(0), 10);
    }
}

TEST_CASE("R28 whatever the version, level and number of a TLS alert, and whatever follows it") {
    for (const std::string version : {"00", "01", "02", "03", "04"})
        for (const std::string level : {"01", "02"})
            for (const auto& [number, alert] :
                 {std::pair("00", 0), std::pair("0a", 10), std::pair("28", 40), std::pair("46", 70),
                  std::pair("ff", 255)})
                for (const std::string more :
                     {"", "15", "1503", "15030300020100", "00000000000000000000000000"}) {
                    for (const auto kind :
                         {protocol_version::v3, protocol_version::v4, protocol_version::v5}) {
                        protocol::protocol_settings settings;
                        settings.version = kind;
                        harness h(settings);
                        h.connect();
                        h.feed(hex("1503" + version + "0002" + level + number + more));
                        check_wants_tls(why_opening_failed(h), alert);
                    }
                }
}

TEST_CASE("R28 a TLS alert cut short at any byte: what ends the connection is told, and what to "
          "do") {
    const auto whole = hex(golden);
    for (std::size_t size = 0; size < whole.size(); ++size)
        for (const std::string end : {"end of input", "lost", "reset"}) {
            CAPTURE(size);
            CAPTURE(end);
            harness h;
            h.connect();
            h.feed(std::span(whole).first(size));
            CHECK(h.listener.startup.empty());
            if (end == "end of input")
                h.protocol->eof_received(h.now);
            h.protocol->connection_lost(
                end == "reset" ? std::optional(error(errc::connection_lost, "reset by peer"))
                               : std::nullopt,
                h.now);
            const auto failure = why_opening_failed(h);
            INFO(std::string(failure.what()));
            CHECK(failure.has(errc::connection_lost));
            CHECK(std::string(failure.advice()).find("turn TLS on") != std::string::npos);
            CHECK(failure.is(size == 0 ? errc::connection_lost : errc::tls_required));
            if (end == "reset")
                CHECK(std::string(failure.what()).find("reset by peer") != std::string::npos);
            if (size != 0)
                CHECK(std::string(failure.message()).find("likely to want TLS") !=
                      std::string::npos);
        }
}

TEST_CASE("R28 what only begins like a TLS alert is called what it is") {
    for (const std::string other :
         {"16030300020210203040", "15040300020210203040", "1503ff00020210203040",
          "15030301020210203040", "15030300030210203040", "15030300020310203040",
          "15030300020010203040", "84030300020210203040"}) {
        CAPTURE(other);
        harness h;
        h.connect();
        h.feed(hex(other));
        const auto failure = why_opening_failed(h);
        INFO(std::string(failure.what()));
        CHECK(failure.is(errc::protocol_error));
        CHECK(std::string(failure.what()).find("TLS") == std::string::npos);
        // And cut short.
        for (std::size_t size = 6; size < 9; ++size) {
            harness cut;
            cut.connect();
            const auto bytes = hex(other);
            cut.feed(std::span(bytes).first(size));
            cut.protocol->eof_received(cut.now);
            CHECK(why_opening_failed(cut).is(errc::connection_lost));
            CHECK(std::string(why_opening_failed(cut).what()).find("TLS") == std::string::npos);
        }
    }
}

TEST_CASE("R28 a TLS alert inside TLS, or later than at the beginning, is no sign that TLS is "
          "wanted") {
    {
        harness h;
        h.transport.info.tls = true;
        h.connect();
        h.feed(hex(golden + "0000"));
        CHECK(why_opening_failed(h).is(errc::protocol_error));
    }
    for (const bool cut : {false, true}) {
        harness h;
        h.transport.info.tls = true;
        h.connect();
        if (cut)
            h.feed(hex(golden));
        h.protocol->eof_received(h.now);
        h.protocol->connection_lost(std::nullopt, h.now);
        CHECK(why_opening_failed(h).is(errc::connection_lost));
        CHECK(why_opening_failed(h).advice().empty());
    }
    for (const std::size_t front : {1u, 8u, 9u, 10u, 13u}) {
        CAPTURE(front);
        harness h;
        h.open();
        CHECK(h.protocol->is_ready());
        test_request request;
        h.protocol->submit(request, h.now);
        // A value of these bytes, which a read begins with.
        const auto stream = h.transport.take().at(0).header.stream;
        const auto value = hex(golden);
        auto frame =
            make_frame(h.version(), stream, wire::opcode::result, [&](base::byte_writer& out) {
                out.write_i32(1);
                out.write_bytes(value);
            });
        h.feed(std::span(frame).first(front));
        h.feed(std::span(frame).subspan(front));
        CHECK(request.responses == 1);
        CHECK(h.protocol->is_ready());
    }
    harness h;
    h.open();
    h.feed(hex(golden + "0000"));
    h.protocol->connection_lost(std::nullopt, h.now);
    REQUIRE(h.listener.ended.size() == 1);
    REQUIRE(!h.listener.ending.empty());
    CHECK(h.listener.ending[0].is(errc::protocol_error));
    harness lost;
    lost.open();
    lost.protocol->connection_lost(error(errc::connection_lost, "reset by peer"), lost.now);
    REQUIRE(!lost.listener.ending.empty());
    CHECK(lost.listener.ending[0].is(errc::connection_lost));
    CHECK(lost.listener.ending[0].advice().empty());
}

TEST_CASE("A plain connection that ends before anything came is told of TLS, one that spoke is "
          "not") {
    harness silent;
    silent.connect();
    silent.protocol->connection_lost(std::nullopt, silent.now);
    CHECK(std::string(why_opening_failed(silent).advice()).find("if it speaks TLS") !=
          std::string::npos);
    harness spoke;
    spoke.connect();
    spoke.answer_supported(spoke.transport.take().at(0).header.stream);
    spoke.protocol->connection_lost(std::nullopt, spoke.now);
    CHECK(why_opening_failed(spoke).advice().empty());
}
