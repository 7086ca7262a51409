#include "core/message/type_notation.hpp"
#include "samples.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace cocql;
using tests::bytes;
using tests::hex;

namespace {

/// A frame with the length its body has.
bytes frame_of(const char* start, const std::string& body_digits) {
    auto frame = hex(std::string(start) + " 00000000");
    const auto body = hex(body_digits);
    base::store_big_endian(frame.data() + 5, static_cast<std::uint32_t>(body.size()));
    frame.insert(frame.end(), body.begin(), body.end());
    return frame;
}

void check_refused(const char* start, const std::string& body_digits) {
    CAPTURE(body_digits);
    const auto frame = frame_of(start, body_digits);
    const auto said = message::decode_response(tests::header_of(frame), tests::body_of(frame));
    REQUIRE(!said.has_value());
    CHECK(said.error().is(errc::protocol_error));
}

constexpr const char* bad_counts[] = {"ffffffff", "fffffffe", "7fffffff", "80000000", "00010000"};

} // namespace

TEST_CASE("scylladb/python-driver#814: counts of rows and columns that the bytes do not bear out are refused") {
    for (const auto* count : bad_counts) {
        const std::string number = count;
        // columns
        check_refused("84000001 08", "00000002 00000001" + number + "0001 61 0001 62 0001 63 0009");
        // columns without a description, and no row to show them
        check_refused("84000001 08", "00000002 00000004" + number + "00000001");
        // rows
        check_refused("84000001 08",
                      "00000002 00000001 00000001 0001 61 0001 62 0001 63 0009" + number);
        check_refused("84000001 08", "00000002 00000001 00000001 0001 61 0001 62 0001 63 0009" +
                                         number + "00000004 00000001");
    }
}

TEST_CASE("Rows of no columns are refused, since any number of them would cost nothing") {
    check_refused("84000001 08", "00000002 00000000 00000000 00000001");
    check_refused("84000001 08", "00000002 00000004 00000000 7fffffff");
}

TEST_CASE("The product of two large counts does not wrap around") {
    check_refused("84000001 08", "00000002 00000004 40000000 00000004 ffffffff ffffffff");
    check_refused("84000001 08", "00000002 00000004 7fffffff 7fffffff ffffffff");
}

TEST_CASE("scylladb/gocql#978: counts in PREPARED that the bytes do not bear out are refused") {
    for (const auto* count : bad_counts) {
        const std::string number = count;
        check_refused("84000001 08", "00000004 0001 aa 00000001" + number);
        check_refused("84000001 08", "00000004 0001 aa 00000001 00000001" + number + "0000");
    }
}

TEST_CASE("A partition key index beyond the parameters is refused") {
    const std::string after = "0001 61 0001 62 0001 63 0009 00000004 00000000";
    check_refused("84000001 08", "00000004 0001 aa 00000001 00000001 00000001 0001" + after);
    const auto frame =
        frame_of("84000001 08", "00000004 0001 aa 00000001 00000001 00000001 0000" + after);
    CHECK(message::decode_response(tests::header_of(frame), tests::body_of(frame)).has_value());
}

TEST_CASE("Counts of 0xffff in maps, lists, warnings, payloads and types are refused") {
    check_refused("84000001 06", "ffff");
    check_refused("84000001 06", "0001 0001 61 ffff 0000");
    check_refused("84080001 08", "ffff 00000001");
    check_refused("84040001 08", "ffff 00000001");
    check_refused("84000001 08",
                  "00000002 00000001 00000001 0001 61 0001 62 0001 63 0031 ffff 0009");
    check_refused("84000001 08", "00000002 00000001 00000001 0001 61 0001 62 0001 63"
                                 "0030 0001 61 0001 62 ffff 0001 61 0009");
    check_refused("84000001 00", "00001400 0000 0000 0000 ffff");
}

TEST_CASE("More pages without a state to ask for them with are refused") {
    const std::string after = "0001 61 0001 62 0001 63 0009 00000000";
    check_refused("84000001 08", "00000002 00000003 00000001 00000000" + after);
    check_refused("84000001 08", "00000002 00000003 00000001 ffffffff" + after);
    const auto frame = frame_of("84000001 08", "00000002 00000003 00000001 00000001 aa" + after);
    CHECK(message::decode_response(tests::header_of(frame), tests::body_of(frame)).has_value());
}

TEST_CASE("Long names before many columns do not become gigabytes") {
    message::rows_result rows;
    rows.metadata.columns.assign(
        600, column{std::string(30'000, 'k'), std::string(30'000, 't'), "", data_type::kind::int_});
    rows.metadata.column_count = 600;
    const auto frame = tests::response_frame(rows, protocol_version::v4);
    REQUIRE(frame.size() < 100'000);
    CHECK(!message::decode_response(tests::header_of(frame), tests::body_of(frame)).has_value());

    rows.metadata.columns.assign(
        2000, column{std::string(48, 'k'), std::string(48, 't'), "c", data_type::kind::int_});
    rows.metadata.column_count = 2000;
    const auto usual = tests::response_frame(rows, protocol_version::v4);
    CHECK(message::decode_response(tests::header_of(usual), tests::body_of(usual)).has_value());
}

TEST_CASE("Types nest 64 deep and not deeper, and 10,000 levels do not overflow the stack") {
    const auto nested = [](std::size_t depth) {
        bytes type;
        for (std::size_t i = 0; i < depth; ++i) {
            type.push_back(std::byte{0x00});
            type.push_back(std::byte{0x20});
        }
        type.push_back(std::byte{0x00});
        type.push_back(std::byte{0x09});
        return type;
    };
    const auto reads = [&](const bytes& input) {
        base::byte_reader in(input);
        message::read_type(in);
        return !in.failed();
    };
    CHECK(reads(nested(0)));
    CHECK(reads(nested(64)));
    CHECK(!reads(nested(65)));
    CHECK(!reads(nested(10'000)));
    // Maps and tuples nest in both of their parts.
    bytes maps;
    for (int i = 0; i < 10'000; ++i) {
        const auto level = hex("0021 0009");
        maps.insert(maps.end(), level.begin(), level.end());
    }
    CHECK(!reads(maps));
}

TEST_CASE("A type number outside the protocol is refused") {
    for (const char* digits : {"000a", "0016", "001f", "0023", "0032", "ffff"}) {
        const auto input = hex(digits);
        base::byte_reader in(input);
        message::read_type(in);
        CHECK(in.failed());
    }
}
