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

TEST_CASE("Where tablets with versions were asked for EXECUTE has one byte more, and without it is "
          "refused") {
    auto options = scylla();
    std::vector<std::optional<std::uint8_t>> seen;
    std::vector<bool> without_versions;
    options.answer_request = [&](const testing::node_request& request) {
        seen.push_back(request.version_block);
        without_versions.push_back(request.wants_tablets);
        return std::optional<testing::node_reply>();
    };
    // STARTUP with both, and EXECUTE with block 0, as captured: by name and as a real client.
    const auto startup = hex(
        "04000002010000004f0003000b43514c5f56455253494f4e0005332e302e30001f5441424c4554535f524f5554"
        "494e475f56325f4558504552494d454e54414c000000125441424c4554535f524f5554494e475f56310000");
    const auto prepare = hex("04000003 09 0000000c 00000008 53454c4543542076");
    // The rest of EXECUTE behind the statement's id: ONE, no values.
    const auto execute = [](const tests::bytes& prepared, const std::string& behind) {
        // RESULT/Prepared: a kind and the id behind its length.
        const tests::bytes id(prepared.begin() + 9 + 4,
                              prepared.begin() + 9 + 4 + 2 +
                                  std::to_integer<int>(prepared[9 + 4 + 1]));
        auto body = id;
        const auto rest = hex("0001 00" + behind);
        body.insert(body.end(), rest.begin(), rest.end());
        auto frame = hex("04000004 0a 000000");
        frame.push_back(static_cast<std::byte>(body.size()));
        frame.insert(frame.end(), body.begin(), body.end());
        return frame;
    };
    for (const bool offered : {false, true}) {
        CAPTURE(offered);
        if (offered)
            options.offers["TABLETS_ROUTING_V2_EXPERIMENTAL"] = {""};
        node_session session(options);
        CHECK(to_hex(session.feed(startup)) == "840000020200000000");
        const auto prepared = session.feed(prepare);
        REQUIRE(prepared.size() > 9 + 4 + 2);
        seen.clear();
        without_versions.clear();
        const auto with = session.feed(execute(prepared, "3f"));
        CHECK((with.at(4) == std::byte{8}) == offered); // RESULT, or ERROR
        const auto without = session.feed(execute(prepared, ""));
        CHECK((without.at(4) == std::byte{8}) == !offered);
        REQUIRE(seen.size() == 1);
        CHECK(seen[0] == (offered ? std::optional<std::uint8_t>(0x3f) : std::nullopt));
        CHECK(without_versions[0] == !offered);
    }
}
