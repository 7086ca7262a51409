#include "../core/bytes.hpp"
#include "core/message/decode_response.hpp"
#include "testing/node_session.hpp"

#include <doctest/doctest.h>

// The manners that were seen on a real ScyllaDB, byte for byte where the answer has no freedom.

using namespace cocql;
using testing::manners;
using testing::node_options;
using testing::node_session;
using tests::hex;
using tests::to_hex;

namespace {

node_options scylla() {
    node_options options;
    options.like = manners::scylla;
    return options;
}

} // namespace

TEST_CASE(
    "ScyllaDB refuses versions 2, 5 and 6 with a frame of version 4 on stream 0, and closes") {
    const std::pair<const char*, const char*> captured[] = {
        {"05000007050000 0000", "8400000000000000300000000a002a496e76616c6964206f7220756e737570706f"
                                "727465642070726f746f636f6c2076657273696f6e3a2035"},
        {"06000007050000 0000", "8400000000000000300000000a002a496e76616c6964206f7220756e737570706f"
                                "727465642070726f746f636f6c2076657273696f6e3a2036"},
        {"02000007050000 0000", "8400000000000000300000000a002a496e76616c6964206f7220756e737570706f"
                                "727465642070726f746f636f6c2076657273696f6e3a2032"},
    };
    for (const auto& [request, answer] : captured) {
        const auto options = scylla();
        node_session session(options);
        CHECK(to_hex(session.feed(hex(request))) == answer);
        CHECK(session.wants_close());
    }
}

TEST_CASE("ScyllaDB answers versions 3 and 4 in their own version, READY for STARTUP") {
    const auto options = scylla();
    node_session session(options);
    CHECK(to_hex(session.feed(
              hex("030000070100000016 0001000b43514c5f56455253494f4e0005332e302e30"))) ==
          "830000070200000000");
    CHECK(!session.wants_close());
}

TEST_CASE("ScyllaDB closes on an unknown opcode without a word, Cassandra names it") {
    const auto options = scylla();
    node_session session(options);
    CHECK(session.feed(hex("040000014200000000")).empty());
    CHECK(session.wants_close());
    const node_options cassandra;
    node_session other(cassandra);
    const auto answer = other.feed(hex("040000014200000000"));
    REQUIRE(answer.size() > 9);
    CHECK(std::string(reinterpret_cast<const char*>(answer.data()), answer.size())
              .find("Unknown opcode 66") != std::string::npos);
}

TEST_CASE("ScyllaDB refuses a frame of 300 MB before start-up from its header") {
    const auto options = scylla();
    node_session session(options);
    const auto answer = session.feed(hex("04000001 07 12c00000"));
    CHECK(std::string(reinterpret_cast<const char*>(answer.data()), answer.size())
              .find("Initial message size too large (314572800), rejecting as invalid") !=
          std::string::npos);
    CHECK(session.wants_close());
}

TEST_CASE("ScyllaDB refuses a QUERY before STARTUP with its own words") {
    const auto options = scylla();
    node_session session(options);
    const auto answer = session.feed(hex("04000001 07 00000009 00000002 5858 0001 00"));
    CHECK(std::string(reinterpret_cast<const char*>(answer.data()), answer.size())
              .find("Unexpected message") != std::string::npos);
}

TEST_CASE("ScyllaDB offers what the capture offers") {
    const auto options = scylla();
    node_session session(options);
    const auto answer = session.feed(hex("04000000 05 00000000"));
    const std::string text(reinterpret_cast<const char*>(answer.data()), answer.size());
    for (const char* key : {"SCYLLA_SHARD_AWARE_PORT_SSL", "TABLETS_ROUTING_V1",
                            "SCYLLA_USE_METADATA_ID", "biased-token-round-robin"})
        CHECK(text.find(key) != std::string::npos);
}

TEST_CASE("a wrong password is refused, the right one accepted") {
    node_options options;
    options.user = "cassandra";
    options.secret = "cassandra";
    node_session session(options);
    session.feed(hex("040000010100000016 0001000b43514c5f56455253494f4e0005332e302e30"));
    // The captured AUTH_RESPONSE and its answer.
    CHECK(to_hex(session.feed(
              hex("040000020f00000018000000140063617373616e6472610063617373616e647261"))) ==
          "84000002100000000400000000");
    const auto refused = session.feed(hex("040000030f0000000700000003610062"));
    REQUIRE(refused.size() > 13);
    CHECK(to_hex(std::span(refused).first(13)).substr(0, 10) == "8400000300");
}
