#include "../bytes.hpp"
#include "harness.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cocql;
using namespace cocql::tests;
using wire::opcode;

namespace {

constexpr compression kinds[] = {compression::none, compression::lz4, compression::snappy};

protocol::protocol_settings speaking(protocol_version version,
                                     compression kind = compression::none) {
    protocol::protocol_settings settings;
    settings.version = version;
    settings.compression = kind;
    return settings;
}

void answer_offering(harness& h, const wire::string_multimap& offers) {
    h.answer(h.transport.take().at(0).header.stream, opcode::supported,
             [&](auto& out) { message::encode_supported(out, offers); });
}

/// Opens against a server that offers everything.
void open(harness& h) {
    h.connect();
    answer_offering(h, {{"COMPRESSION", {"snappy", "lz4"}}});
    h.answer(h.transport.take().at(0).header.stream, opcode::ready);
    REQUIRE(h.listener.startup.size() == 1);
    REQUIRE(h.listener.startup[0].has_value());
}

message::startup startup_of(const memory_transport::frame& sent) {
    REQUIRE(sent.header.opcode == opcode::startup);
    base::byte_reader in(sent.body);
    return message::startup::decode(in).value();
}

/// A v3 or v4 frame with its body compressed.
std::vector<std::byte> compressed_frame(std::uint8_t version, std::int16_t stream, opcode code,
                                        compression kind, std::span<const std::byte> body) {
    base::buffer shorter;
    REQUIRE(wire::compressor::of(kind)->compress(body, shorter));
    return make_frame(
        version, stream, code, [&](base::byte_writer& out) { out.write_bytes(shorter); },
        wire::frame_header::flag_compression);
}

std::vector<std::byte> long_void(std::size_t size) {
    // RESULT/Void and then something that a decoder would refuse: these tests look at bytes only.
    std::vector<std::byte> body(size, std::byte{0x55});
    base::store_big_endian(body.data(), std::uint32_t{1});
    return body;
}

} // namespace

TEST_CASE("v5: OPTIONS, STARTUP and their answers travel as they are, all after them in segments") {
    harness h(speaking(protocol_version::v5));
    h.connect();
    CHECK(to_hex(h.transport.buffer) == "050000000500000000");
    answer_offering(h, {});
    CHECK(to_hex(h.transport.buffer.view().first(5)) == "0500000001");
    const auto sent = h.transport.take().at(0);
    h.answer(sent.header.stream, opcode::ready);
    REQUIRE(h.listener.startup.at(0).has_value());
    test_request request;
    h.protocol->submit(request, h.now);
    const auto length = h.transport.buffer.size();
    CHECK(to_hex(h.transport.buffer.view().subspan(6, 5)) == "0500000007");
    const auto frames = h.transport.take();
    REQUIRE(frames.size() == 1);
    CHECK(length == 6 + 9 + frames[0].body.size() + 4);
    h.answer_void(frames[0].header.stream);
    CHECK(request.responses == 1);
    // OPTIONS as a heartbeat is in a segment too.
    h.pass(std::chrono::seconds(31));
    const auto heartbeat = h.transport.take();
    REQUIRE(heartbeat.size() == 1);
    CHECK(heartbeat[0].header.opcode == opcode::options);
    h.answer_supported(heartbeat[0].header.stream);
    CHECK(h.protocol->is_ready());
}

TEST_CASE("v5: AUTHENTICATE switches to segments as READY does, and AUTH_RESPONSE is in one") {
    auto settings = speaking(protocol_version::v5, compression::lz4);
    settings.authentication = plain_authenticator("user", "secret");
    harness h(settings);
    h.connect();
    answer_offering(h, {{"COMPRESSION", {"lz4"}}});
    h.answer(h.transport.take().at(0).header.stream, opcode::authenticate,
             [](auto& out) { message::encode_authenticate(out, "PasswordAuthenticator"); });
    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].header.opcode == opcode::auth_response);
    h.answer(sent[0].header.stream, opcode::auth_success,
             [](auto& out) { message::encode_token(out, {}); });
    REQUIRE(h.listener.startup.size() == 1);
    CHECK(h.listener.startup[0].has_value());
}

TEST_CASE("v5: an ERROR to STARTUP travels as it is") {
    harness h(speaking(protocol_version::v5));
    h.connect();
    answer_offering(h, {});
    h.answer_error(h.transport.take().at(0).header.stream, server_error_code::server_error, "no");
    REQUIRE(!h.listener.startup.at(0));
    CHECK(h.listener.startup[0].error().is(errc::server_error));
}

TEST_CASE("B2 v5: what follows READY in the same read is read as segments, however it is cut") {
    for (const std::size_t piece : {1u, 2u, 3u, 5u, 6u, 8u, 20u, 1000u}) {
        CAPTURE(piece);
        harness h(speaking(protocol_version::v5));
        h.connect();
        answer_offering(h, {});
        const auto stream = h.transport.take().at(0).header.stream;
        auto bytes = make_frame(0x85, stream, opcode::ready);
        h.transport.segments = false;
        const auto happened = h.in_segments(make_frame(0x85, -1, opcode::event, [](auto& out) {
            message::encode_event(out, event(status_change{"UP", "127.0.0.1", 9042}));
        }));
        bytes.insert(bytes.end(), happened.begin(), happened.end());
        for (std::size_t at = 0; at < bytes.size(); at += piece)
            h.feed(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
        CHECK(h.listener.startup.size() == 1);
        CHECK(h.listener.events.size() == 1);
        CHECK(h.protocol->is_ready());
    }
}

TEST_CASE("v5: requests of one turn share a segment, those of the next have another") {
    harness h(speaking(protocol_version::v5));
    open(h);
    test_request requests[4];
    for (auto* each : {&requests[0], &requests[1], &requests[2]})
        h.protocol->submit(*each, h.now);
    const auto header = wire::segment_header::decode(h.transport.buffer.view().first(6), false);
    REQUIRE(header.has_value());
    CHECK(header->self_contained);
    CHECK(h.transport.buffer.size() == 6 + header->length + 4);
    CHECK(h.transport.take().size() == 3);
    h.protocol->submit(requests[3], h.now);
    CHECK(h.transport.take().size() == 1);
    // Each is answered on its own.
    for (std::int16_t stream = 3; stream >= 0; --stream)
        answer_with(h, stream, 100u + static_cast<unsigned>(stream));
    for (unsigned i = 0; i < 4; ++i)
        CHECK(mark_of(requests[i]) == 100 + i);
}

TEST_CASE("v5: whether a request was sent is known though it shares a segment") {
    harness h(speaking(protocol_version::v5));
    open(h);
    test_request first;
    test_request second;
    h.protocol->submit(first, h.now);
    h.protocol->submit(second, h.now);
    h.transport.take();
    test_request third;
    h.protocol->submit(third, h.now);
    h.protocol->defunct(error(errc::protocol_error, "broken"));
    CHECK(first.failure->outcome() == request_outcome::maybe_executed);
    CHECK(second.failure->outcome() == request_outcome::maybe_executed);
    CHECK(third.failure->outcome() == request_outcome::not_sent);
}

TEST_CASE("v5: requests and answers of a megabyte go over several segments") {
    for (const auto kind : {compression::none, compression::lz4}) {
        harness h(speaking(protocol_version::v5, kind));
        open(h);
        test_request request(std::string(1'500'000, 'x'));
        h.protocol->submit(request, h.now);
        const auto sent = h.transport.take();
        REQUIRE(sent.size() == 1);
        CHECK(sent[0].body.size() > 1'500'000);
        const auto body = long_void(3'000'000);
        h.answer(sent[0].header.stream, opcode::result,
                 [&](base::byte_writer& out) { out.write_bytes(body); });
        REQUIRE(request.responses == 1);
        CHECK(request.body == body);
    }
}

TEST_CASE("R28 v5: a wrong check is a protocol error that says which, and ends the connection") {
    for (const bool payload : {false, true}) {
        harness h(speaking(protocol_version::v5));
        open(h);
        test_request request;
        h.protocol->submit(request, h.now);
        const auto stream = h.transport.take().at(0).header.stream;
        auto bytes = h.in_segments(
            make_frame(0x85, stream, opcode::result, [](auto& out) { out.write_i32(1); }));
        bytes[payload ? 10 : 1] ^= std::byte{4};
        h.feed(bytes);
        CHECK(h.transport.aborted);
        REQUIRE(h.protocol->last_error().has_value());
        CHECK(h.protocol->last_error()->is(errc::protocol_error));
        CHECK(std::string(h.protocol->last_error()->what()).find(payload ? "CRC32" : "CRC24") !=
              std::string::npos);
        REQUIRE(request.failures == 1);
        CHECK(request.failure->has(errc::protocol_error));
    }
}

TEST_CASE("v5: the peer's end in the middle of a segment is said") {
    harness h(speaking(protocol_version::v5));
    open(h);
    h.feed(hex("09"));
    h.protocol->eof_received(h.now);
    REQUIRE(h.protocol->last_error().has_value());
    CHECK(h.protocol->last_error()->is(errc::connection_lost));
}

TEST_CASE("v5: the compression flag of a frame means nothing") {
    harness h(speaking(protocol_version::v5));
    open(h);
    test_request request;
    h.protocol->submit(request, h.now);
    h.answer(
        h.transport.take().at(0).header.stream, opcode::result, [](auto& out) { out.write_i32(1); },
        wire::frame_header::flag_compression);
    CHECK(request.responses == 1);
    CHECK(to_hex(request.body) == "00000001");
}

TEST_CASE("v5: frames that are pushed are put into segments") {
    harness h(speaking(protocol_version::v5));
    open(h);
    auto frames = make_frame(5, 1000, opcode::options);
    const auto second = make_frame(5, 1001, opcode::query, [](auto& out) {
        const std::vector<std::byte> body(200'000);
        out.write_bytes(body);
    });
    frames.insert(frames.end(), second.begin(), second.end());
    REQUIRE(h.protocol->push(frames));
    const auto sent = h.transport.take();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].header.stream == 1000);
    CHECK(sent[1].body.size() == 200'000);
}

TEST_CASE("v3 and v4: long requests are compressed, short ones and STARTUP are not") {
    for (const auto version : {protocol_version::v3, protocol_version::v4})
        for (const auto kind : {compression::lz4, compression::snappy}) {
            harness h(speaking(version, kind));
            h.connect();
            answer_offering(h, {{"COMPRESSION", {"snappy", "lz4"}}});
            const auto startup = h.transport.take().at(0);
            CHECK(startup.header.flags == 0);
            CHECK(startup_of(startup).options.at("COMPRESSION") == to_string(kind));
            h.answer(startup.header.stream, opcode::ready);
            test_request brief;
            test_request lengthy(std::string(5000, 'x'));
            h.protocol->submit(brief, h.now);
            h.protocol->submit(lengthy, h.now);
            const auto sent = h.transport.take();
            REQUIRE(sent.size() == 2);
            CHECK(sent[0].header.flags == 0);
            CHECK(sent[1].header.flags == wire::frame_header::flag_compression);
            CHECK(sent[1].body.size() < 500);
            const auto body = wire::compressor::of(kind)->decompress(sent[1].body, 10'000);
            REQUIRE(body.has_value());
            base::byte_reader in(body->view());
            CHECK(message::query::decode(in, version).value().cql == lengthy.text);
        }
}

TEST_CASE("v3 and v4: answers come compressed or not, the one to STARTUP too") {
    for (const auto kind : {compression::lz4, compression::snappy}) {
        harness h(speaking(protocol_version::v4, kind));
        h.connect();
        answer_offering(h, {{"COMPRESSION", {"snappy", "lz4"}}});
        // READY has no body, which is compressed to something.
        const auto nothing = hex(kind == compression::lz4 ? "0000000000" : "00");
        h.answer(
            h.transport.take().at(0).header.stream, opcode::ready,
            [&](auto& out) { out.write_bytes(nothing); }, wire::frame_header::flag_compression);
        REQUIRE(h.listener.startup.at(0).has_value());
        test_request plain;
        test_request shortened;
        h.protocol->submit(plain, h.now);
        h.protocol->submit(shortened, h.now);
        const auto sent = h.transport.take();
        h.answer_void(sent.at(0).header.stream);
        const auto body = long_void(10'000);
        h.feed(compressed_frame(0x84, sent.at(1).header.stream, opcode::result, kind, body));
        CHECK(plain.responses == 1);
        REQUIRE(shortened.responses == 1);
        CHECK(shortened.body == body);
    }
}

TEST_CASE("R28 a compressed answer where none was agreed on, before STARTUP, or corrupt, is a "
          "protocol error") {
    const auto body = long_void(1000);
    SUBCASE("not agreed on") {
        harness h(speaking(protocol_version::v4));
        open(h);
        test_request request;
        h.protocol->submit(request, h.now);
        h.feed(compressed_frame(0x84, h.transport.take().at(0).header.stream, opcode::result,
                                compression::lz4, body));
        CHECK(h.protocol->last_error()->is(errc::protocol_error));
    }
    SUBCASE("before STARTUP") {
        harness h(speaking(protocol_version::v4, compression::lz4));
        h.connect();
        h.feed(compressed_frame(0x84, h.transport.take().at(0).header.stream, opcode::supported,
                                compression::lz4, body));
        CHECK(h.protocol->last_error()->is(errc::protocol_error));
    }
    SUBCASE("corrupt") {
        for (const auto kind : {compression::lz4, compression::snappy}) {
            harness h(speaking(protocol_version::v4, kind));
            open(h);
            test_request request;
            h.protocol->submit(request, h.now);
            auto frame = compressed_frame(0x84, h.transport.take().at(0).header.stream,
                                          opcode::result, kind, body);
            frame[9 + (kind == compression::lz4 ? 3 : 0)] ^= std::byte{1};
            h.feed(frame);
            REQUIRE(h.protocol->last_error().has_value());
            CHECK(h.protocol->last_error()->is(errc::protocol_error));
            CHECK(request.failures == 1);
        }
    }
    SUBCASE("longer than the longest frame") {
        auto settings = speaking(protocol_version::v4, compression::lz4);
        settings.max_frame_size = 900;
        harness h(settings);
        open(h);
        test_request request;
        h.protocol->submit(request, h.now);
        h.feed(compressed_frame(0x84, h.transport.take().at(0).header.stream, opcode::result,
                                compression::lz4, body));
        CHECK(h.protocol->last_error()->is(errc::protocol_error));
        CHECK(std::string(h.protocol->last_error()->what()).find("limit of 900, max_frame_size") !=
              std::string::npos);
    }
}

TEST_CASE("R27 a late answer to a request that was given up is dropped, compressed or corrupt") {
    harness h(speaking(protocol_version::v4, compression::lz4));
    open(h);
    test_request request;
    h.protocol->submit(request, h.now);
    const auto stream = h.transport.take().at(0).header.stream;
    h.protocol->abandon(request, h.now);
    h.answer(
        stream, opcode::result, [](auto& out) { out.write_u32(0xffffffff); },
        wire::frame_header::flag_compression);
    CHECK(h.protocol->is_ready());
    CHECK(h.protocol->orphans() == 0);
}

TEST_CASE("An event comes compressed") {
    harness h(speaking(protocol_version::v4, compression::lz4));
    open(h);
    base::buffer body;
    base::byte_writer writer(body);
    message::encode_event(
        writer, event(schema_change{"CREATED", "TABLE", "ks", std::string(500, 't'), {}}));
    h.feed(compressed_frame(0x84, -1, opcode::event, compression::lz4, body));
    CHECK(h.listener.events.size() == 1);
}

TEST_CASE("Compression that the server does not offer fails opening and says what it offers") {
    harness h(speaking(protocol_version::v4, compression::snappy));
    h.connect();
    answer_offering(h, {{"COMPRESSION", {"lz4", "zstd"}}});
    REQUIRE(h.listener.startup.size() == 1);
    REQUIRE(!h.listener.startup[0]);
    const auto failure = h.listener.startup[0].error();
    CHECK(failure.is(errc::unsupported_compression));
    CHECK(std::string(failure.what()).find("lz4, zstd") != std::string::npos);
    CHECK(h.transport.take().empty());
    harness none(speaking(protocol_version::v4, compression::lz4));
    none.connect();
    answer_offering(none, {});
    REQUIRE(!none.listener.startup.at(0));
    CHECK(none.listener.startup[0].error().is(errc::unsupported_compression));
}

TEST_CASE("ScyllaDB's extensions are opted into when they are offered, and not otherwise") {
    harness h(speaking(protocol_version::v4));
    h.connect();
    answer_offering(
        h, {{"SCYLLA_RATE_LIMIT_ERROR", {"ERROR_CODE=61440"}},
            {"SCYLLA_USE_METADATA_ID", {""}},
            {"SCYLLA_LWT_ADD_METADATA_MARK", {"LWT_OPTIMIZATION_META_BIT_MASK=2147483648"}},
            {"TABLETS_ROUTING_V1", {""}}});
    auto options = startup_of(h.transport.take().at(0)).options;
    CHECK(options == wire::string_map{{"CQL_VERSION", "3.0.0"},
                                      {"SCYLLA_LWT_ADD_METADATA_MARK", ""},
                                      {"SCYLLA_RATE_LIMIT_ERROR", ""},
                                      {"SCYLLA_USE_METADATA_ID", ""}});
    CHECK(h.protocol->agreed().errors.rate_limit_code == 61440);
    CHECK(h.protocol->agreed().execute.metadata_ids());
    CHECK(h.protocol->agreed().conditional_mark == 0x80000000u);
    CHECK(!h.protocol->agreed().tablets); // they are of use to whoever routes by them

    auto routing = speaking(protocol_version::v4);
    routing.wants_tablets = true;
    harness wanting(routing);
    wanting.connect();
    answer_offering(wanting, {{"TABLETS_ROUTING_V1", {""}}});
    options = startup_of(wanting.transport.take().at(0)).options;
    CHECK(options == wire::string_map{{"CQL_VERSION", "3.0.0"}, {"TABLETS_ROUTING_V1", ""}});
    CHECK(wanting.protocol->agreed().tablets);

    CHECK(!wanting.protocol->agreed().execute.version_blocks());

    harness plain(speaking(protocol_version::v4));
    plain.connect();
    answer_offering(
        plain, {{"SCYLLA_RATE_LIMIT_ERROR", {"ERROR_CODE=many"}},
                {"SCYLLA_LWT_ADD_METADATA_MARK", {"LWT_OPTIMIZATION_META_BIT_MASK=4294967296"}}});
    options = startup_of(plain.transport.take().at(0)).options;
    CHECK(options == wire::string_map{{"CQL_VERSION", "3.0.0"}});
    CHECK(!plain.protocol->agreed().errors.rate_limit_code);
    CHECK(plain.protocol->agreed().conditional_mark == 0);
    CHECK(!plain.protocol->agreed().execute.metadata_ids());

    // v5 has the ids by itself.
    harness five(speaking(protocol_version::v5));
    five.connect();
    answer_offering(five, {{"SCYLLA_USE_METADATA_ID", {""}}});
    CHECK(startup_of(five.transport.take().at(0)).options ==
          wire::string_map{{"CQL_VERSION", "3.0.0"}});
    CHECK(five.protocol->agreed().execute.metadata_ids());
}

TEST_CASE("E13 a refused version 5 says which version the refusal was in") {
    for (const auto* words : {"Invalid or unsupported protocol version (5); the lowest supported "
                              "version is 3 and the greatest is 4",
                              "Beta version of the protocol used (5/v5-beta), but USE_BETA flag is "
                              "unset"}) {
        harness h(speaking(protocol_version::v5));
        h.connect();
        h.feed(make_frame(0x84, 0, opcode::error, [&](auto& out) {
            server_error said;
            said.code = server_error_code::protocol_error;
            said.message = words;
            message::encode_error(out, said);
        }));
        REQUIRE(!h.listener.startup.at(0));
        CHECK(h.listener.startup[0].error().is(errc::unsupported_protocol_version));
        CHECK(h.protocol->refused_by_version() == 4);
    }
}

TEST_CASE("E11 STARTUP is of version 5 if SUPPORTED lists it and no version was chosen") {
    struct expectation {
        bool raise;
        compression kind;
        std::vector<std::string> listed;
        std::uint8_t version;
    };
    const std::vector<std::string> up_to_5{"3/v3", "4/v4", "5/v5", "6/v6-beta"};
    const std::vector<std::string> beta{"3/v3", "4/v4", "5/v5-beta"};
    for (const auto& [raise, kind, listed, version] :
         {expectation{true, compression::none, up_to_5, 5},
          expectation{true, compression::lz4, up_to_5, 5},
          // v5 has no snappy.
          expectation{true, compression::snappy, up_to_5, 4},
          expectation{true, compression::none, beta, 4},
          expectation{true, compression::none, {}, 4},
          expectation{false, compression::none, up_to_5, 4}}) {
        auto settings = speaking(protocol_version::v4, kind);
        settings.raise_version = raise;
        harness h(settings);
        h.connect();
        CHECK(to_hex(h.transport.buffer) == "040000000500000000");
        wire::string_multimap offers{{"COMPRESSION", {"snappy", "lz4"}}};
        if (!listed.empty())
            offers["PROTOCOL_VERSIONS"] = listed;
        answer_offering(h, offers);
        const auto startup = h.transport.take().at(0);
        CHECK(startup.header.opcode == opcode::startup);
        CHECK(startup.header.version == version);
        CHECK(h.protocol->version() == static_cast<protocol_version>(version));
        h.feed(make_frame(static_cast<std::uint8_t>(0x80 | version), startup.header.stream,
                          opcode::ready, [](auto&) {}));
        REQUIRE(h.listener.startup.size() == 1);
        CHECK(h.listener.startup[0].has_value());
        CHECK(h.protocol->agreed().execute.metadata_ids() == (version == 5));
        if (version == 5)
            h.transport.segments = kind == compression::lz4;
        test_request request;
        h.protocol->submit(request, h.now);
        CHECK(h.transport.take().at(0).header.version == version);
    }
}

TEST_CASE("E11 a STARTUP of version 5 is not answered in version 4, except by a refusal") {
    auto settings = speaking(protocol_version::v4);
    settings.raise_version = true;
    for (const auto code : {opcode::ready, opcode::error}) {
        harness h(settings);
        h.connect();
        answer_offering(h, {{"PROTOCOL_VERSIONS", {"4/v4", "5/v5"}}});
        const auto stream = h.transport.take().at(0).header.stream;
        h.feed(make_frame(0x84, stream, code, [&](auto& out) {
            server_error said;
            said.code = server_error_code::protocol_error;
            said.message = "Invalid or unsupported protocol version (5)";
            if (code == opcode::error)
                message::encode_error(out, said);
        }));
        REQUIRE(h.listener.startup.size() == 1);
        REQUIRE(!h.listener.startup[0]);
        CHECK(h.listener.startup[0].error().is(
            code == opcode::error ? errc::unsupported_protocol_version : errc::protocol_error));
        CHECK(h.protocol->version() == protocol_version::v5);
    }
}

TEST_CASE("What v5 alone can say fails before it is sent, and leaves the connection as it was") {
    for (const auto kind : kinds) {
        harness h(speaking(protocol_version::v4, kind));
        open(h);
        test_request request;
        request.query.parameters.keyspace = "ks";
        h.protocol->submit(request, h.now);
        REQUIRE(request.failures == 1);
        CHECK(request.failure->is(errc::invalid_argument));
        CHECK(request.failure->outcome() == request_outcome::not_sent);
        CHECK(h.transport.take().empty());
        test_request next;
        h.protocol->submit(next, h.now);
        h.answer_void(h.transport.take().at(0).header.stream);
        CHECK(next.responses == 1);
    }
}
