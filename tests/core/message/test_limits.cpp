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

namespace {

void append(bytes& to, const std::string& digits) {
    const auto more = hex(digits);
    to.insert(to.end(), more.begin(), more.end());
}

/// RESULT/Rows of no rows whose columns, all of one table, have the types of these bytes.
bytes rows_of_types(const std::vector<bytes>& types) {
    auto frame = hex("84000001 08 00000000 00000002 00000001");
    bytes count(4);
    base::store_big_endian(count.data(), static_cast<std::uint32_t>(types.size()));
    frame.insert(frame.end(), count.begin(), count.end());
    append(frame, "0001 61 0001 62");
    for (const auto& type : types) {
        append(frame, "0001 63");
        frame.insert(frame.end(), type.begin(), type.end());
    }
    append(frame, "00000000");
    base::store_big_endian(frame.data() + 5,
                           static_cast<std::uint32_t>(frame.size() - wire::frame_header::size));
    return frame;
}

bool decodes(const bytes& frame) {
    return message::decode_response(tests::header_of(frame), tests::body_of(frame)).has_value();
}

/// `count` fields of the type int.
bytes udt_of(std::uint16_t count) {
    auto type = hex("0030 0001 61 0001 75");
    bytes number(2);
    base::store_big_endian(number.data(), count);
    type.insert(type.end(), number.begin(), number.end());
    for (int i = 0; i < count; ++i)
        append(type, "0001 66 0009");
    return type;
}

} // namespace

TEST_CASE("Type descriptions from a hostile server do not cost many times their bytes") {
    // A tuple of 400 fields, each of lists nested 60 deep: 24,401 types, each of two bytes.
    auto deep = hex("0031 0190");
    for (int i = 0; i < 400; ++i) {
        for (int level = 0; level < 60; ++level)
            append(deep, "0020");
        append(deep, "0009");
    }
    CHECK(decodes(rows_of_types({deep})));
    CHECK(decodes(rows_of_types(std::vector<bytes>(4, deep))));
    // 8 MB of them, of one column or of many, and of either part of PREPARED.
    CHECK(!decodes(rows_of_types(std::vector<bytes>(160, deep))));
    auto prepared = hex("84000001 08 00000000 00000004 0001 aa");
    append(prepared, "00000001 00000004 00000000 0001 61 0001 62");
    for (int i = 0; i < 4; ++i) {
        append(prepared, "0001 63");
        prepared.insert(prepared.end(), deep.begin(), deep.end());
    }
    const auto result = rows_of_types(std::vector<bytes>(4, deep));
    prepared.insert(prepared.end(), result.begin() + 13, result.end() - 4);
    base::store_big_endian(prepared.data() + 5,
                           static_cast<std::uint32_t>(prepared.size() - wire::frame_header::size));
    CHECK(!decodes(prepared));
    // Types spelled as classes, inside of which there is no length before each.
    std::string name = "org.apache.cassandra.db.marshal.TupleType(ByteType";
    while (name.size() < 60'000)
        name += ",ListType(ListType(ListType(ByteType)))";
    name += ")";
    bytes spelled = hex("0000 0000");
    base::store_big_endian(spelled.data() + 2, static_cast<std::uint16_t>(name.size()));
    const auto letters = wire::as_bytes(name);
    spelled.insert(spelled.end(), letters.begin(), letters.end());
    CHECK(decodes(rows_of_types(std::vector<bytes>(10, spelled))));
    CHECK(!decodes(rows_of_types(std::vector<bytes>(100, spelled))));
}

TEST_CASE("The widest rows that there may be are described") {
    CHECK(decodes(rows_of_types(std::vector<bytes>(65'535, hex("0009")))));
    CHECK(decodes(rows_of_types(std::vector<bytes>(1'000, udt_of(100)))));
    CHECK(decodes(rows_of_types({udt_of(65'535)})));
}

TEST_CASE("SUPPORTED does not become a hundred times its bytes") {
    auto frame = hex("84000001 06 00000000 ffff");
    for (int i = 0; i < 0xffff; ++i) {
        append(frame, "0002");
        frame.push_back(static_cast<std::byte>(i >> 8));
        frame.push_back(static_cast<std::byte>(i & 0xff));
        append(frame, "0010 0000 0000 0000 0000 0000 0000 0000 0000 "
                      "0000 0000 0000 0000 0000 0000 0000 0000");
    }
    base::store_big_endian(frame.data() + 5,
                           static_cast<std::uint32_t>(frame.size() - wire::frame_header::size));
    CHECK(!decodes(frame));
}

TEST_CASE("A type number outside the protocol is refused") {
    for (const char* digits : {"000a", "0016", "001f", "0023", "0032", "ffff"}) {
        const auto input = hex(digits);
        base::byte_reader in(input);
        message::read_type(in);
        CHECK(in.failed());
    }
}
