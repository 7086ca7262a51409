#include "core/message/decode_response.hpp"
#include "core/message/error.hpp"
#include "core/message/event.hpp"
#include "core/message/type_notation.hpp"
#include "samples.hpp"
#include "summary.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace cocql;
using tests::hex;
using tests::to_hex;

namespace {

result<message::decoded_response> decode(const char* digits,
                                         std::optional<std::int32_t> code = std::nullopt) {
    static std::vector<tests::bytes> kept;
    kept.push_back(hex(digits));
    return message::decode_response(tests::header_of(kept.back()), tests::body_of(kept.back()),
                                    code);
}

} // namespace

TEST_CASE("Every response reads back as it was written, in every version") {
    for (const auto version : {protocol_version::v3, protocol_version::v4, protocol_version::v5})
        for (const auto& each : tests::sample_responses(version)) {
            CAPTURE(each.name);
            const auto header = tests::header_of(each.frame);
            const auto said = message::decode_response(header, tests::body_of(each.frame),
                                                       tests::sample_rate_limit_code);
            REQUIRE(said.has_value());
            base::buffer again;
            message::encode_response(again, said->message, version, header.stream, said->envelope);
            CHECK(to_hex(again) == to_hex(each.frame));
        }
}

TEST_CASE("Every ERROR code keeps its fields") {
    const auto errors = tests::sample_errors();
    for (const auto& each : errors) {
        const auto frame = tests::response_frame(each, protocol_version::v4);
        const auto said = message::decode_response(tests::header_of(frame), tests::body_of(frame),
                                                   tests::sample_rate_limit_code);
        REQUIRE(said.has_value());
        CHECK(tests::summary(std::get<server_error>(said->message)) == tests::summary(each));
    }
    for (const auto& each : tests::sample_errors(protocol_version::v5)) {
        const auto frame = tests::response_frame(each, protocol_version::v5);
        const auto said = message::decode_response(tests::header_of(frame), tests::body_of(frame),
                                                   tests::sample_rate_limit_code);
        REQUIRE(said.has_value());
        CHECK(tests::summary(std::get<server_error>(said->message)) == tests::summary(each));
    }
    CHECK(tests::summary(errors[11]) == "Write_timeout 'm' QUORUM 1/2 SIMPLE");
    CHECK(tests::summary(errors[13]) == "Read_failure 'm' ONE 0/1 failures 1 no data");
}

TEST_CASE("An ERROR of unknown code is kept with its message and with whatever follows") {
    const auto said = decode("84000001 00 0000000b 00009999 0003 616263 aabb");
    REQUIRE(said.has_value());
    CHECK(tests::summary(*said) == "ERROR 39321 'abc'");
    const auto& failure = std::get<server_error>(said->message);
    CHECK(to_hex(failure.rest) == "aabb");
    base::buffer again;
    base::byte_writer writer(again);
    message::encode_error(writer, failure, protocol_version::v4);
    CHECK(to_hex(again) == "000099990003616263aabb");
}

TEST_CASE(
    "An ERROR whose text is so long that its length wrapped around has its code and its text") {
    // As servers write it: the low 16 bits of the length, and then all of the text.
    for (const std::size_t length : {65'535u, 65'536u, 100'000u, 131'072u, 300'000u}) {
        std::string text = "line 1:0 no viable alternative at input '";
        text.resize(length, 'x');
        for (auto said : tests::sample_errors()) {
            CAPTURE(length);
            CAPTURE(tests::summary(said));
            said.message = text;
            auto frame = tests::response_frame(said, protocol_version::v4);
            REQUIRE(frame.size() > length);
            const auto failure = message::decode_error(
                tests::header_of(frame), tests::body_of(frame), tests::sample_rate_limit_code);
            CHECK(failure.is(errc::server_error));
            CHECK(failure.outcome() == request_outcome::answered);
            REQUIRE(failure.server() != nullptr);
            CHECK(tests::summary(*failure.server()) == tests::summary(said));
        }
    }
}

TEST_CASE("Of an ERROR with such a text and with details that make no sense the text is kept") {
    server_error said;
    said.code = server_error_code::syntax_error;
    said.message = std::string(70'000, 'x');
    auto frame = tests::response_frame(said, protocol_version::v4);
    frame.resize(frame.size() + 3); // neither a part of the text nor a detail of a syntax error
    base::store_big_endian(frame.data() + 5,
                           static_cast<std::uint32_t>(frame.size() - wire::frame_header::size));
    auto failure = message::decode_error(tests::header_of(frame), tests::body_of(frame));
    REQUIRE(failure.server() != nullptr);
    CHECK(failure.outcome() == request_outcome::answered);
    CHECK(failure.server()->code == server_error_code::syntax_error);
    CHECK(failure.server()->message == said.message);
    // Too short to have wrapped: malformed, as ever.
    said.message = "short";
    frame = tests::response_frame(said, protocol_version::v4);
    frame.resize(frame.size() + 3);
    failure = message::decode_error(tests::header_of(frame), tests::body_of(frame));
    CHECK(failure.is(errc::protocol_error));
}

TEST_CASE("A server's error says its name and message and keeps all fields") {
    const auto failure = message::to_error(tests::sample_errors()[10]);
    CHECK(failure.is(errc::server_error));
    CHECK(std::string(failure.what()).find("Unavailable: m") == 0);
    REQUIRE(failure.server() != nullptr);
    CHECK(std::get<unavailable_details>(failure.server()->details).required == 3);
    CHECK(failure.outcome() == request_outcome::answered);
}

namespace {

/// ScyllaDB's, with SCYLLA_FAILURE_REASON_MAP: node 127.0.0.2 timed out, fd00::3 has a reason of
/// ScyllaDB's own. ERROR code, text "m", ALL, 1 of 2, two reasons, and what ends it.
const std::string failure_with_reasons = "0001 6d 0005 00000001 00000002 00000002 04 7f000002 0002 "
                                         "10 fd000000000000000000000000000003 f003 ";
const std::string read_failure = "84000001 00 00000030 00001300 " + failure_with_reasons + "01";
const std::string write_failure =
    "84000001 00 00000037 00001500 " + failure_with_reasons + "0006 53494d504c45";

message::error_extensions with_reason_maps() {
    message::error_extensions agreed;
    agreed.reason_maps = true;
    agreed.reasons = {{0xf003, "ABORTED"}};
    return agreed;
}

} // namespace

TEST_CASE("Where ScyllaDB has agreed to it its failures say in v4 which replicas failed, and why") {
    for (const auto& digits : {read_failure, write_failure}) {
        const auto frame = hex(digits);
        const auto header = tests::header_of(frame);
        REQUIRE(header.length == tests::body_of(frame).size());
        const auto said =
            message::decode_response(header, tests::body_of(frame), with_reason_maps());
        REQUIRE(said.has_value());
        const auto& failure = std::get<server_error>(said->message);
        const auto* const read = std::get_if<read_failure_details>(&failure.details);
        const auto* const write = std::get_if<write_failure_details>(&failure.details);
        REQUIRE((read != nullptr || write != nullptr));
        const auto& reasons = read != nullptr ? read->reasons : write->reasons;
        REQUIRE(reasons.size() == 2);
        CHECK((read != nullptr ? read->failures : write->failures) == 2);
        CHECK(reasons[0].replica.to_string() == "127.0.0.2");
        CHECK(reasons[0].code == 2);
        CHECK(reasons[0].name == "TIMEOUT");
        CHECK(reasons[1].replica.to_string() == "fd00::3");
        CHECK(reasons[1].code == 0xf003);
        CHECK(reasons[1].name == "ABORTED");
        if (read != nullptr)
            CHECK(read->data_present);
        else
            CHECK(write->write_type == "SIMPLE");
        const auto told = message::to_error(failure);
        CHECK(std::string(told.what()).find("m (127.0.0.2: TIMEOUT, fd00::3: ABORTED)") !=
              std::string::npos);
        base::buffer again;
        message::encode_response(again, said->message, protocol_version::v4, 1);
        CHECK(to_hex(again) == to_hex(frame));
    }
}

TEST_CASE("A failure with reasons that is cut short at any byte, or longer, is a protocol error") {
    for (const auto& digits : {read_failure, write_failure}) {
        auto frame = hex(digits);
        const auto header = tests::header_of(frame);
        const auto body = tests::body_of(frame);
        for (std::size_t size = 0; size < body.size(); ++size) {
            const std::vector<std::byte> cut(body.begin(),
                                             body.begin() + static_cast<std::ptrdiff_t>(size));
            const auto said = message::decode_response(header, cut, with_reason_maps());
            REQUIRE(!said.has_value());
            CHECK(said.error().is(errc::protocol_error));
        }
        // Who has not agreed to it reads a number there.
        CHECK(!message::decode_response(header, body, 0xf000).has_value());
        frame.push_back(std::byte{});
        CHECK(!message::decode_response(header, tests::body_of(frame), with_reason_maps())
                   .has_value());
    }
    // A number of reasons that the bytes do not bear out.
    for (const auto* count : {"7fffffff", "ffffffff", "00000003"}) {
        const auto frame = hex("84000001 00 0000001e 00001300 0001 6d 0005 00000001 00000002 " +
                               std::string(count) + " 04 7f000002 0002 01");
        const auto said = message::decode_response(tests::header_of(frame), tests::body_of(frame),
                                                   with_reason_maps());
        CHECK(!said.has_value());
    }
}

TEST_CASE("A reason that nobody has named is told by its number, and of many some are named") {
    read_failure_details details;
    for (int i = 0; i < 20; ++i)
        details.reasons.push_back({inet_address::parse("10.0.0.1").value(), 0xf0ff});
    server_error said{server_error_code::read_failure, "m", details};
    const std::string text = message::to_error(said).what();
    CHECK(text.find("10.0.0.1: reason 61695") != std::string::npos);
    CHECK(text.find("…") != std::string::npos);
    CHECK(text.size() < 1000);
}

TEST_CASE("GRACEFUL_DISCONNECT is an event with nothing behind its name, or with whatever is") {
    const std::string name = "0013 47524143454655 4c5f444953434f4e4e454354 ";
    for (const auto& [length, rest] :
         {std::pair{"00000015", ""}, std::pair{"00000018", "0a0b0c"}}) {
        const auto frame = hex("8500ffff 0c " + std::string(length) + name + rest);
        const auto header = tests::header_of(frame);
        const auto body = tests::body_of(frame);
        const auto happened = message::decode_event(header, body);
        REQUIRE(happened.has_value());
        const auto* const leave = std::get_if<graceful_disconnect>(&*happened);
        REQUIRE(leave != nullptr);
        CHECK(to_hex(leave->content) == rest);
        base::buffer again;
        base::byte_writer writer(again);
        message::encode_event(writer, *happened);
        CHECK(to_hex(again) == to_hex(body));
        for (std::size_t size = 0; size < 21; ++size) {
            const auto cut = message::decode_event(header, body.first(size));
            REQUIRE(!cut.has_value());
            CHECK(cut.error().is(errc::protocol_error));
        }
    }
}

TEST_CASE("An EVENT of unknown type becomes an unknown event that has its bytes") {
    const auto said = decode("8400ffff 0c 00000008 0004 4e455753 0102");
    REQUIRE(said.has_value());
    CHECK(tests::summary(*said) == "EVENT unknown NEWS");
    const auto happened = std::get<unknown_event>(std::get<event>(said->message));
    CHECK(happened.type == "NEWS");
    CHECK(to_hex(happened.content) == "0102");
    base::buffer again;
    base::byte_writer writer(again);
    message::encode_event(writer, happened);
    CHECK(to_hex(again) == "00044e4557530102");
}

TEST_CASE("An EVENT with a port outside 16 bits or an address of five bytes is a protocol error") {
    const std::string start = "0d 5354415455535f4348414e4745 0002 5550 ";
    CHECK(
        !decode(("8400ffff 0c 0000001c 00" + start + "04 7f000001 00010000").c_str()).has_value());
    CHECK(
        !decode(("8400ffff 0c 0000001c 00" + start + "04 7f000001 ffffffff").c_str()).has_value());
    CHECK(!decode(("8400ffff 0c 0000001d 00" + start + "05 7f00000100 00002352").c_str())
               .has_value());
    CHECK(decode(("8400ffff 0c 0000001c 00" + start + "04 7f000001 00002352").c_str()).has_value());
}

TEST_CASE("A RESULT of unknown kind, and an opcode that is no response, are protocol errors") {
    CHECK(!decode("84000001 08 00000004 00000006").has_value());
    CHECK(!decode("84000001 08 00000004 00000000").has_value());
    CHECK(!decode("84000001 08 00000004 ffffffff").has_value());
    CHECK(!decode("84000001 07 00000000").has_value());
    CHECK(!decode("84000001 42 00000000").has_value());
}

TEST_CASE("Tracing id, warnings and custom payload stand before the message in this order") {
    const auto said = decode("840e0001 08 00000028"
                             "000102030405060708090a0b0c0d0e0f"
                             "0001 0003 616263"
                             "0001 0001 6b 00000002 aabb"
                             "00000001");
    REQUIRE(said.has_value());
    CHECK(tests::summary(*said) ==
          "Void +k:2 warning 'abc' traced 00010203-0405-0607-0809-0a0b0c0d0e0f");
}

TEST_CASE("A type nests with everything that a type can have, and reads back") {
    base::buffer buffer;
    base::byte_writer out(buffer);
    message::write_type(out, tests::sample_type());
    base::byte_reader in(buffer.view());
    const auto type = message::read_type(in);
    CHECK(!in.failed());
    CHECK(in.at_end());
    CHECK(type == tests::sample_type());
    CHECK(type.to_string() ==
          "map<text, list<tuple<int, ks.address, duration, 'org.example.Type'>>>");
}

TEST_CASE("Cassandra's DurationType is duration, as is v5's own number") {
    for (const auto* digits :
         {"0000 002c 6f72672e6170616368652e63617373616e6472612e64622e6d61727368616c2e"
          "4475726174696f6e54797065",
          "0015"}) {
        const auto input = hex(digits);
        base::byte_reader in(input);
        CHECK(message::read_type(in) == data_type(data_type::kind::duration));
        CHECK(in.at_end());
    }
}

TEST_CASE("v5: a failure names each replica that failed and why; by hand") {
    const auto read = decode("85000001 00 0000002c 00001300 0001 6d 0001 00000001 00000003 00000002"
                             "04 7f000002 0001 04 7f000003 0000 01");
    REQUIRE(read.has_value());
    CHECK(tests::summary(*read) ==
          "ERROR Read_failure 'm' ONE 1/3 failures 2 127.0.0.2=1 127.0.0.3=0 data");
    const auto write =
        decode("85000001 00 00000035 00001500 0001 6d 0001 00000000 00000001 00000001"
               "10 20010db8000000000000000000000001 0002 0006 53494d504c45");
    REQUIRE(write.has_value());
    CHECK(tests::summary(*write) ==
          "ERROR Write_failure 'm' ONE 0/1 failures 1 2001:db8::1=2 SIMPLE");
    // Until v4 it is a number.
    const auto older =
        decode("84000001 00 00000020 00001500 0001 6d 0001 00000000 00000001 00000001"
               "0006 53494d504c45");
    REQUIRE(older.has_value());
    CHECK(tests::summary(*older) == "ERROR Write_failure 'm' ONE 0/1 failures 1 SIMPLE");
}

TEST_CASE("v5: a count of failed replicas that the bytes do not bear out, or an address of five "
          "bytes, is refused") {
    const std::string start = "85000001 00 00000029 00001300 0001 6d 0001 00000001 00000003 ";
    for (const char* count : {"ffffffff", "7fffffff", "00000003", "00010000"})
        CHECK(
            !decode((start + count + "04 7f000002 0001 04 7f000003 0000 01").c_str()).has_value());
    CHECK(!decode((start + "00000001 05 7f00000200 0001 01").c_str()).has_value());
}

TEST_CASE("CAS: contentions when the server says them, and a write of unknown outcome") {
    const std::string counts = "0001 6d 0008 00000001 00000002 ";
    const auto timeout =
        decode(("85000001 00 00000018 00001100" + counts + "0003 434153 0005").c_str());
    REQUIRE(timeout.has_value());
    CHECK(tests::summary(*timeout) == "ERROR Write_timeout 'm' SERIAL 1/2 CAS contentions 5");
    const auto silent = decode(("85000001 00 00000016 00001100" + counts + "0003 434153").c_str());
    REQUIRE(silent.has_value());
    CHECK(tests::summary(*silent) == "ERROR Write_timeout 'm' SERIAL 1/2 CAS");
    CHECK(
        !decode(("85000001 00 00000017 00001100" + counts + "0003 434153 05").c_str()).has_value());
    const auto unknown = decode(("85000001 00 00000011 00001700" + counts).c_str());
    REQUIRE(unknown.has_value());
    CHECK(tests::summary(*unknown) == "ERROR Cas_write_unknown 'm' SERIAL 1/2");
    const auto full = decode("85000001 00 00000007 00001600 0001 6d");
    REQUIRE(full.has_value());
    CHECK(tests::summary(*full) == "ERROR Cdc_write_failure 'm'");
}

TEST_CASE("v5: PREPARED has the metadata's id after the statement's") {
    const std::string after = "00000001 00000000 00000000 00000004 00000000";
    const auto five = decode(("85000001 08 0000001d 00000004 0001 aa 0002 bbcc" + after).c_str());
    REQUIRE(five.has_value());
    CHECK(tests::summary(*five) == "Prepared aa metadata bbcc flags 1 () key -> ()");
    const auto four = decode(("84000001 08 00000019 00000004 0001 aa" + after).c_str());
    REQUIRE(four.has_value());
    CHECK(tests::summary(*four) == "Prepared aa flags 1 () key -> ()");
    const auto frame =
        tests::response_frame(tests::sample_prepared(protocol_version::v5), protocol_version::v5);
    const auto prepared =
        message::decode_prepared(tests::header_of(frame), tests::body_of(frame), "cql");
    REQUIRE(prepared.has_value());
    CHECK(to_hex(prepared->result_metadata_id().value()) == "4cf720de99fb9330");
}
