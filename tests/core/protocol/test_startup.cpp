#include "harness.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace cocql;
using namespace cocql::tests;
using wire::opcode;

TEST_CASE("B1 connection_made sends OPTIONS, once, and nothing is sent before it") {
    harness h;
    CHECK(h.transport.take().empty());
    h.connect();
    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].header.opcode == opcode::options);
    CHECK(sent[0].header.version == 4);
    CHECK(h.listener.startup.empty());
}

TEST_CASE("E10 E11 connected comes with READY, not before, and once") {
    harness h;
    h.connect();
    h.answer_supported(h.transport.take().at(0).header.stream);
    CHECK(h.listener.startup.empty());
    const auto startup = h.transport.take();
    REQUIRE(startup.size() == 1);
    CHECK(startup[0].header.opcode == opcode::startup);
    base::byte_reader in(startup[0].body);
    const auto decoded = message::startup::decode(in);
    REQUIRE(decoded.has_value());
    CHECK(decoded->options.at("CQL_VERSION") == "3.0.0");
    h.answer(startup[0].header.stream, opcode::ready);
    REQUIRE(h.listener.startup.size() == 1);
    CHECK(h.listener.startup[0].has_value());
    CHECK(h.protocol->is_ready());
    CHECK(h.protocol->supported().at("COMPRESSION") == std::vector<std::string>{"lz4"});
}

TEST_CASE(
    "E11 a login goes AUTHENTICATE, AUTH_RESPONSE, AUTH_CHALLENGE, AUTH_RESPONSE, AUTH_SUCCESS") {
    protocol::protocol_settings settings;
    settings.authentication = plain_authenticator("user", "secret");
    harness h(settings);
    h.connect();
    h.answer_supported(h.transport.take().at(0).header.stream);
    h.answer(h.transport.take().at(0).header.stream, opcode::authenticate, [](auto& out) {
        message::encode_authenticate(out, "org.apache.cassandra.auth.PasswordAuthenticator");
    });
    auto sent = h.transport.take();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].header.opcode == opcode::auth_response);
    const std::string token(reinterpret_cast<const char*>(sent[0].body.data()) + 4,
                            sent[0].body.size() - 4);
    CHECK(token == std::string("\0user\0secret", 12));
    h.answer(sent[0].header.stream, opcode::auth_challenge,
             [](auto& out) { message::encode_token(out, wire::as_bytes("PLAIN-START")); });
    sent = h.transport.take();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].header.opcode == opcode::auth_response);
    CHECK(h.listener.startup.empty());
    h.answer(sent[0].header.stream, opcode::auth_success,
             [](auto& out) { message::encode_token(out, {}); });
    REQUIRE(h.listener.startup.size() == 1);
    CHECK(h.listener.startup[0].has_value());
}

TEST_CASE("E11 REGISTER and USE come last and are awaited") {
    protocol::protocol_settings settings;
    settings.event_types = {event_type::status_change};
    settings.keyspace = "we\"ird";
    harness h(settings);
    h.open();
    CHECK(h.listener.startup.empty());
    auto sent = h.transport.take();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].header.opcode == opcode::register_);
    h.answer(sent[0].header.stream, opcode::ready);
    sent = h.transport.take();
    REQUIRE(sent.size() == 1);
    base::byte_reader in(sent[0].body);
    const auto use = message::query::decode(in);
    REQUIRE(use.has_value());
    CHECK(use->cql == "USE \"we\"\"ird\"");
    h.answer(sent[0].header.stream, opcode::result, [](auto& out) {
        out.write_i32(3);
        wire::write_string(out, "we\"ird");
    });
    CHECK(h.listener.startup.size() == 1);
}

TEST_CASE("E13 ERROR to OPTIONS or STARTUP is a connection error with the server's message") {
    bool at_startup = false;
    SUBCASE("OPTIONS") {
        at_startup = false;
    }
    SUBCASE("STARTUP") {
        at_startup = true;
    }
    harness h;
    h.connect();
    if (at_startup)
        h.answer_supported(h.transport.take().at(0).header.stream);
    h.answer_error(h.transport.take().at(0).header.stream, server_error_code::server_error,
                   "out of order today");
    REQUIRE(h.listener.startup.size() == 1);
    REQUIRE(!h.listener.startup[0]);
    const auto failure = h.listener.startup[0].error();
    CHECK(failure.is(errc::server_error));
    CHECK(failure.phase() == (at_startup ? phase::startup : phase::options));
    CHECK(std::string(failure.what()).find("out of order today") != std::string::npos);
    CHECK(h.transport.aborted);
}

TEST_CASE("E13 a refused login is authentication_failed and names no secret") {
    protocol::protocol_settings settings;
    settings.authentication = plain_authenticator("user", "hunter2");
    harness h(settings);
    h.connect();
    h.answer_supported(h.transport.take().at(0).header.stream);
    h.answer(h.transport.take().at(0).header.stream, opcode::authenticate,
             [](auto& out) { message::encode_authenticate(out, "PasswordAuthenticator"); });
    h.answer_error(h.transport.take().at(0).header.stream, server_error_code::authentication_error,
                   "Username incorrect");
    REQUIRE(!h.listener.startup.at(0));
    const auto failure = h.listener.startup[0].error();
    CHECK(failure.is(errc::authentication_failed));
    CHECK(failure.phase() == phase::auth);
    CHECK(std::string(failure.what()).find("Username incorrect") != std::string::npos);
    CHECK(std::string(failure.what()).find("hunter2") == std::string::npos);
}

TEST_CASE("E13 an authenticator asked for with none configured says so") {
    harness h;
    h.connect();
    h.answer_supported(h.transport.take().at(0).header.stream);
    h.answer(h.transport.take().at(0).header.stream, opcode::authenticate,
             [](auto& out) { message::encode_authenticate(out, "com.example.Authenticator"); });
    REQUIRE(!h.listener.startup.at(0));
    CHECK(h.listener.startup[0].error().is(errc::authentication_required));
    CHECK(std::string(h.listener.startup[0].error().what()).find("com.example.Authenticator") !=
          std::string::npos);
}

TEST_CASE("E13 a login that succeeds before it has begun is the peer's error") {
    for (const bool has_login : {false, true}) {
        protocol::protocol_settings settings;
        if (has_login)
            settings.authentication = plain_authenticator("user", "secret");
        harness h(settings);
        h.connect();
        h.answer_supported(h.transport.take().at(0).header.stream);
        h.answer(h.transport.take().at(0).header.stream, opcode::auth_success,
                 [](auto& out) { message::encode_token(out, {}); });
        REQUIRE(!h.listener.startup.at(0));
        CHECK(h.listener.startup[0].error().is(errc::protocol_error));
        CHECK(h.listener.startup[0].error().phase() == phase::startup);
        CHECK(!h.protocol->is_ready());
    }
}

TEST_CASE("E13 the refusal of a protocol version is recognised, whatever version byte and stream "
          "it has") {
    std::int16_t stream = 0;
    std::uint8_t version = 0x84;
    SUBCASE("our stream") {}
    SUBCASE("ScyllaDB: its own version byte") {
        version = 0x83;
    }
    SUBCASE("Cassandra: a newer version byte") {
        version = 0x85;
    }
    harness h;
    h.connect();
    stream = h.transport.take().at(0).header.stream;
    h.feed(make_frame(version, stream, opcode::error, [](auto& out) {
        server_error said;
        said.code = server_error_code::protocol_error;
        said.message = "Invalid or unsupported protocol version: 4";
        message::encode_error(out, said);
    }));
    REQUIRE(!h.listener.startup.at(0));
    CHECK(h.listener.startup[0].error().is(errc::unsupported_protocol_version));
}

TEST_CASE("E13 an ERROR on stream 0 answers a start-up request that has another id") {
    // Requests sent before the protocol is ready do not exist, so an id other than 0 comes from a
    // second start-up step while 0 is an orphan; the header's refusal still counts.
    harness h;
    h.connect();
    h.feed(make_frame(0x84, 0, opcode::error, [](auto& out) {
        server_error said;
        said.code = server_error_code::protocol_error;
        said.message = "Invalid or unsupported protocol version: 4";
        message::encode_error(out, said);
    }));
    CHECK(h.listener.startup.at(0).error().is(errc::unsupported_protocol_version));
}

namespace {

enum class throws_in { initial_response, answer, succeeded };

class throwing_in final : public authenticator {
  public:
    explicit throwing_in(throws_in where) noexcept : where_(where) {}
    result<std::vector<std::byte>> initial_response() override {
        return throw_or_not(throws_in::initial_response);
    }
    result<std::vector<std::byte>> answer(std::span<const std::byte>) override {
        return throw_or_not(throws_in::answer);
    }
    result<void> succeeded(std::span<const std::byte>) override {
        static_cast<void>(throw_or_not(throws_in::succeeded));
        return {};
    }

  private:
    std::vector<std::byte> throw_or_not(throws_in here) const {
        if (here == where_)
            throw std::runtime_error("no token in the store");
        return {};
    }

    throws_in where_;
};

class provider_of_throwing final : public authenticator_provider {
  public:
    explicit provider_of_throwing(throws_in where) noexcept : where_(where) {}
    result<std::unique_ptr<authenticator>> make(std::string_view) const override {
        return std::unique_ptr<authenticator>(std::make_unique<throwing_in>(where_));
    }

  private:
    throws_in where_;
};

} // namespace

TEST_CASE("E13 whatever function of an authenticator throws, its words are why opening fails") {
    using enum throws_in;
    for (const auto where : {initial_response, answer, succeeded}) {
        protocol::protocol_settings settings;
        settings.authentication = std::make_shared<provider_of_throwing>(where);
        harness h(settings);
        h.connect();
        h.answer_supported(h.transport.take().at(0).header.stream);
        h.answer(h.transport.take().at(0).header.stream, opcode::authenticate,
                 [](auto& out) { message::encode_authenticate(out, "Own"); });
        if (where != initial_response)
            h.answer(h.transport.take().at(0).header.stream, opcode::auth_challenge,
                     [](auto& out) { message::encode_token(out, {}); });
        if (where == succeeded) {
            CHECK(h.listener.startup.empty());
            h.answer(h.transport.take().at(0).header.stream, opcode::auth_success,
                     [](auto& out) { message::encode_token(out, {}); });
        }
        REQUIRE(h.listener.startup.size() == 1);
        REQUIRE(!h.listener.startup[0].has_value());
        const auto& failure = h.listener.startup[0].error();
        CHECK(failure.is(errc::authentication_failed));
        CHECK(std::string(failure.what()).find("no token in the store") != std::string::npos);
    }
}

TEST_CASE("E13 endless authentication challenges end") {
    protocol::protocol_settings settings;
    settings.authentication = plain_authenticator("user", "secret");
    harness h(settings);
    h.connect();
    h.answer_supported(h.transport.take().at(0).header.stream);
    h.answer(h.transport.take().at(0).header.stream, opcode::authenticate,
             [](auto& out) { message::encode_authenticate(out, "PasswordAuthenticator"); });
    int challenges = 0;
    while (h.listener.startup.empty() && challenges < 1000) {
        h.answer(h.transport.take().at(0).header.stream, opcode::auth_challenge,
                 [](auto& out) { message::encode_token(out, {}); });
        ++challenges;
    }
    CHECK(challenges == 101);
    CHECK(h.listener.startup.at(0).error().is(errc::authentication_failed));
}

TEST_CASE("E12 the order of outcomes: the error, then the time-out, then closed by the peer, then "
          "connected") {
    protocol::protocol_settings settings;
    harness probe;
    settings.startup_deadline = probe.now + std::chrono::seconds(5);
    harness h(settings);
    h.connect();
    SUBCASE("an error is not overtaken by the end of the connection") {
        h.feed(make_frame(0x24, 0, opcode::ready));
        h.protocol->connection_lost(std::nullopt, h.now);
        REQUIRE(h.listener.startup.size() == 1);
        CHECK(h.listener.startup[0].error().is(errc::protocol_error));
    }
    SUBCASE("a time-out is not overtaken either") {
        h.now += std::chrono::seconds(5);
        h.protocol->handle_timeout(h.now);
        h.protocol->connection_lost(error(errc::cancelled, "aborted"), h.now);
        REQUIRE(h.listener.startup.size() == 1);
        CHECK(h.listener.startup[0].error().is(errc::timed_out));
    }
    SUBCASE("closed by the peer says in which phase") {
        h.protocol->eof_received(h.now);
        h.protocol->connection_lost(std::nullopt, h.now);
        REQUIRE(h.listener.startup.size() == 1);
        CHECK(h.listener.startup[0].error().is(errc::connection_lost));
        CHECK(std::string(h.listener.startup[0].error().what()).find("options") !=
              std::string::npos);
    }
    CHECK(h.listener.ended.size() == 1);
}

TEST_CASE("D7 running out of time names the phase and what each phase took") {
    protocol::protocol_settings settings;
    harness probe;
    settings.startup_deadline = probe.now + std::chrono::milliseconds(5000);
    harness h(settings);
    h.connect();
    CHECK(h.protocol->next_deadline() == settings.startup_deadline);
    h.now += std::chrono::milliseconds(40);
    h.answer_supported(h.transport.take().at(0).header.stream);
    h.now += std::chrono::milliseconds(4960);
    h.protocol->handle_timeout(h.now);
    REQUIRE(h.listener.startup.size() == 1);
    const auto failure = h.listener.startup[0].error();
    CHECK(failure.is(errc::timed_out));
    CHECK(failure.phase() == phase::startup);
    CHECK(
        std::string(failure.what())
            .find("timed out in startup after 5.00 s (resolve 0.00, options 0.04, startup 4.96)") !=
        std::string::npos);
    base::duration total{};
    for (const auto& each : failure.times())
        total += each.taken;
    CHECK(total == std::chrono::milliseconds(5000));
}

TEST_CASE("D9 without a time-out there is no limit") {
    protocol::protocol_settings settings;
    settings.heartbeat_interval.reset();
    harness h(settings);
    h.connect();
    CHECK(h.protocol->next_deadline() == base::never);
    h.pass(std::chrono::hours(1000));
    CHECK(h.listener.startup.empty());
}
