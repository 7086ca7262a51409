#include "../bytes.hpp"
#include "core/routing/tablet.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

using namespace cocql;
using namespace cocql::tests;
using routing::decode_tablet;
using routing::tablet;
using routing::tablet_payload;
using routing::token;

namespace {

// The values of a real ScyllaDB's payloads (2026.2, one node of two shards; three nodes; with
// strongly consistent tables).
const std::string one_replica =
    "00000008 c7ffffffffffffff 00000008 cfffffffffffffff 00000024 00000001"
    "0000001c 00000010 d83dff198b754a2b96fabb0aba4878a8 00000004 00000001";
const std::string three_replicas =
    "00000008 c7ffffffffffffff 00000008 cfffffffffffffff 00000064 00000003"
    "0000001c 00000010 c4b5d1f2a09c4e0da80d2b7b20a028bc 00000004 00000001"
    "0000001c 00000010 a0fd92e0869c4c9ab133cf00376c4428 00000004 00000001"
    "0000001c 00000010 6aad549c5bb14824853d5ea7ff3e7a1d 00000004 00000001";
const std::string first_of_all =
    "00000008 8000000000000000 00000008 9fffffffffffffff 00000024 00000001"
    "0000001c 00000010 c4b5d1f2a09c4e0da80d2b7b20a028bc 00000004 00000000";
const std::string with_version =
    "00000008 bfffffffffffffff 00000008 c7ffffffffffffff 00000024 00000001"
    "0000001c 00000010 9962952d81d3486abc44eacb926d1566 00000004 00000000"
    "00000008 3d4cb40168f8f659";

uuid id_of(const std::string& digits) {
    uuid id;
    const auto from = hex(digits);
    std::copy(from.begin(), from.end(), id.bytes.begin());
    return id;
}

result<tablet> decoded(const std::string& digits, tablet_payload which = tablet_payload::v1) {
    return decode_tablet(hex(digits), which);
}

/// A tablet of one replica.
std::string tablet_of(const std::string& after, const std::string& last,
                      const std::string& replicas) {
    return "00000008" + after + "00000008" + last + replicas;
}

} // namespace

TEST_CASE("Tablets of a real ScyllaDB are read") {
    const auto one = decoded(one_replica);
    REQUIRE(one.has_value());
    CHECK(one->after == token(-0x3800000000000001));
    CHECK(one->last == token(-0x3000000000000001));
    REQUIRE(one->replicas.size() == 1);
    CHECK(one->replicas[0] == tablet::replica{id_of("d83dff198b754a2b96fabb0aba4878a8"), 1});
    CHECK(one->version == std::nullopt);
    const auto three = decoded(three_replicas);
    REQUIRE(three.has_value());
    REQUIRE(three->replicas.size() == 3);
    CHECK(three->replicas[2].host == id_of("6aad549c5bb14824853d5ea7ff3e7a1d"));
    const auto versioned = decoded(with_version, tablet_payload::v2);
    REQUIRE(versioned.has_value());
    CHECK(versioned->version == 0x3d4cb40168f8f659);
    CHECK(versioned->replicas[0].shard == 0);
}

TEST_CASE("A tablet begins behind its first token and ends with its last") {
    const auto one = *decoded(one_replica);
    CHECK_FALSE(one.has(one.after));
    CHECK(one.has(token(one.after.value() + 1)));
    CHECK(one.has(one.last));
    CHECK_FALSE(one.has(token(one.last.value() + 1)));
    const auto first = *decoded(first_of_all);
    CHECK(first.has(token::least()));
    CHECK_FALSE(first.has(token::greatest()));
}

TEST_CASE("A tablet that is cut short at any byte, or has more, is refused") {
    for (const auto which : {tablet_payload::v1, tablet_payload::v2}) {
        const auto whole = hex(which == tablet_payload::v1 ? three_replicas : with_version);
        REQUIRE(decode_tablet(whole, which).has_value());
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            const auto read = decode_tablet(cut, which);
            REQUIRE(!read);
            CHECK(read.error().is(errc::protocol_error));
        }
        auto more = whole;
        more.push_back(std::byte{0});
        CHECK(!decode_tablet(more, which));
    }
    CHECK(!decoded(with_version));
    CHECK(!decoded(one_replica, tablet_payload::v2));
}

TEST_CASE("A tablet that makes no sense is refused") {
    const std::string none = "00000004 00000000";
    CHECK(decoded(tablet_of("ffffffffffffff9c", "0000000000000064", none)).has_value());
    const std::string max = "7fffffffffffffff";
    const std::string min = "8000000000000000";
    CHECK(!decoded(tablet_of("0000000000000064", "ffffffffffffffce", none)));
    CHECK(!decoded(tablet_of("0000000000000064", "0000000000000064", none)));
    CHECK(!decoded(tablet_of(max, min, none)));
    CHECK(decoded(tablet_of(min, max, none)).has_value());
    const auto with = [](const std::string& replicas) {
        return decoded(tablet_of("ffffffffffffff9c", "0000000000000064", replicas));
    };
    const std::string id = "00000010 d83dff198b754a2b96fabb0aba4878a8";
    CHECK(with("00000024 00000001 0000001c" + id + "00000004 7fffffff").has_value());
    CHECK(!with("00000024 00000001 0000001c" + id + "00000004 ffffffff")); // a negative shard
    CHECK(!with("ffffffff"));                                              // no replicas: null
    CHECK(!with("00000004 ffffffff"));                                     // less than none
    CHECK(!with("00000004 7fffffff"));                                     // more than there can be
    CHECK(!with("00000008 00000001 ffffffff"));
    CHECK(!with("00000028 00000001 00000020" + id + "00000004 00000000 00000000"));
    CHECK(!with("0000000c 00000001 00000004 ffffffff"));
    CHECK(!with(
        "00000024 00000001 0000001c 0000000f d83dff198b754a2b96fabb0aba4878 00 00000004 00000000"));
    CHECK(!with("00000028 00000001 0000001c" + id + "00000004 00000000 00000000"));
}

TEST_CASE("What a request says of the version it knows are four bits, and which") {
    tablet known;
    known.version = 0x3d4cb40168f8f659;
    CHECK(routing::version_block(&known, 0) == 0x09);
    CHECK(routing::version_block(&known, 1) == 0x15);
    CHECK(routing::version_block(&known, 15) == 0xf3);
    CHECK(routing::version_block(&known, 16) == 0x09);
    known.version.reset();
    CHECK(routing::version_block(&known, 3) == 0x30);
    CHECK(routing::version_block(nullptr, 15) == 0xf0);
}
