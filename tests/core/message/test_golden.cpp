#include "core/message/decode_response.hpp"
#include "golden.hpp"
#include "summary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

using namespace cocql;

namespace {

/// Whose frames there are, and how many of them are decoded.
constexpr std::pair<const char*, std::size_t> servers[] = {{"scylla", 73}, {"cassandra", 14}};

constexpr std::int32_t rate_limit_code = 0xf000;

/// What golden/<server>.facts.txt says about each frame.
std::map<std::string, std::string> load_facts(const std::string& server) {
    std::ifstream in(std::string(GOLDEN_FOLDER) + "/" + server + ".facts.txt");
    std::map<std::string, std::string> facts;
    for (std::string name; std::getline(in, name);) {
        if (name.empty() || name.front() == '#')
            continue;
        std::string fact;
        std::getline(in, fact);
        facts[name] = fact.substr(2);
    }
    return facts;
}

/// Frames that mean the same in other bytes: most because the server set the global-table flag on
/// rows without column descriptions, where it says nothing.
constexpr std::array<std::string_view, 6> not_canonical = {
    "RESULT/Rows with tablets-routing-v1 payload (SELECT k=0 on shard 0)",
    "RESULT/Rows with tablets-routing-v1 payload (SELECT k=1 on shard 1)",
    "RESULT/Rows, metadata id current, skip_metadata",
    "v5 RESULT/Rows, metadata left out",
    "v5 SUPPORTED",    // a map in another order
    "v5 AUTH_SUCCESS", // a null token, which is written as an empty one
};

/// What is written again in another way: STARTUP loses its order.
bool is_lossy(const tests::golden_frame& each) {
    return each.name == "STARTUP with V1 and V2" ||
           std::ranges::find(not_canonical, each.name) != not_canonical.end();
}

std::string decoded(const tests::golden_frame& each) {
    const auto header = each.header();
    if (wire::is_request(header.opcode)) {
        const auto asked =
            message::decode_request(header, each.body(), each.metadata_ids, each.version_blocks);
        return asked ? tests::summary(asked->message) : asked.error().what();
    }
    const auto said =
        message::decode_response(header, each.body(), rate_limit_code, each.metadata_ids);
    return said ? tests::summary(*said) : said.error().what();
}

tests::bytes encoded_again(const tests::golden_frame& each) {
    const auto header = each.header();
    const auto version = static_cast<protocol_version>(header.version_number());
    base::buffer out;
    if (wire::is_request(header.opcode)) {
        const auto asked =
            message::decode_request(header, each.body(), each.metadata_ids, each.version_blocks);
        REQUIRE(asked.has_value());
        base::byte_writer writer(out);
        header.encode(writer);
        std::visit([&](const auto& request) { REQUIRE(request.encode(writer, version)); },
                   asked->message);
    } else {
        const auto said =
            message::decode_response(header, each.body(), rate_limit_code, each.metadata_ids);
        REQUIRE(said.has_value());
        message::encode_response(out, said->message, version, header.stream, said->envelope);
    }
    return {out.view().begin(), out.view().end()};
}

} // namespace

TEST_CASE("Every captured frame decodes to what it was captured as") {
    for (const auto& [server, count] : servers) {
        const auto facts = load_facts(server);
        std::size_t checked = 0;
        for (const auto& each : tests::load_golden(std::string(server) + ".txt")) {
            CAPTURE(each.name);
            CHECK(each.header().length == each.body().size());
            REQUIRE(facts.count(each.name) == 1);
            CHECK(decoded(each) == facts.at(each.name));
            ++checked;
        }
        CHECK(checked == facts.size());
        CHECK(checked == count);
    }
}

TEST_CASE("Every captured frame encodes back to the same bytes where only one encoding is right") {
    for (const auto& [server, count] : servers)
        for (const auto& each : tests::load_golden(std::string(server) + ".txt")) {
            CAPTURE(each.name);
            const auto again = encoded_again(each);
            if (is_lossy(each))
                CHECK(again != each.frame);
            else
                CHECK(tests::to_hex(again) == tests::to_hex(each.frame));
        }
}

TEST_CASE("A captured rate-limit error whose code was not negotiated is kept with its message") {
    for (const auto& each : tests::load_golden("scylla.txt")) {
        if (each.name != "rate limit ERROR, write, extension negotiated")
            continue;
        const auto said = message::decode_response(each.header(), each.body());
        REQUIRE(said.has_value());
        const auto* failure = std::get_if<server_error>(&said->message);
        REQUIRE(failure != nullptr);
        CHECK(static_cast<std::int32_t>(failure->code) == rate_limit_code);
        CHECK(std::holds_alternative<std::monostate>(failure->details));
        CHECK(failure->message.find("rate limit") != std::string::npos);
        return;
    }
    FAIL("the frame is missing");
}

TEST_CASE(
    "Requests that the Python driver encodes are decoded as meant and encoded to the same bytes") {
    const auto frames = tests::load_golden("python_driver.txt");
    CHECK(frames.size() >= 60);
    for (const auto& each : frames) {
        CAPTURE(each.name);
        CHECK(decoded(each) == each.what);
        CHECK(tests::to_hex(encoded_again(each)) == tests::to_hex(each.frame));
    }
}

TEST_CASE("ScyllaDB marks conditional statements where that was agreed on") {
    std::map<std::string, bool> marked;
    for (const auto& each : tests::load_golden("scylla.txt")) {
        if (!each.name.starts_with("RESULT/Prepared, "))
            continue;
        const auto prepared = message::decode_prepared(each.header(), each.body(), "cql",
                                                       each.metadata_ids, {}, 0x80000000);
        REQUIRE(prepared.has_value());
        marked[each.name] = prepared->is_conditional();
        CHECK(!message::decode_prepared(each.header(), each.body(), "cql")->is_conditional());
    }
    CHECK(marked ==
          std::map<std::string, bool>{{"RESULT/Prepared, LWT, mark negotiated", true},
                                      {"RESULT/Prepared, non-LWT, mark negotiated", false},
                                      {"RESULT/Prepared, LWT, mark NOT negotiated", false}});
}
