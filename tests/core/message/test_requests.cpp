#include "samples.hpp"
#include "summary.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace cocql;
using tests::hex;
using tests::to_hex;

TEST_CASE("Every request reads back as it was written, in every version") {
    for (const auto version : {protocol_version::v3, protocol_version::v4, protocol_version::v5})
        for (const auto& each : tests::sample_requests(version)) {
            CAPTURE(each.name);
            REQUIRE(!each.frame.empty());
            const auto asked =
                message::decode_request(tests::header_of(each.frame), tests::body_of(each.frame));
            REQUIRE(asked.has_value());
            const auto again = std::visit(
                [&](const auto& request) { return tests::request_frame(request, version); },
                asked->message);
            CHECK(to_hex(again) == to_hex(each.frame));
        }
}

TEST_CASE("QUERY says its consistency, values, paging and timestamp") {
    for (const auto& each : tests::sample_requests(protocol_version::v4)) {
        if (each.name != "QUERY with names")
            continue;
        const auto asked =
            message::decode_request(tests::header_of(each.frame), tests::body_of(each.frame));
        REQUIRE(asked.has_value());
        CHECK(tests::summary(asked->message) ==
              "QUERY 'SELECT 1' QUORUM n=00000001 n=null n=unset skip metadata page 100 after "
              "00000001 serial LOCAL_SERIAL at 1234567890123456");
    }
}

TEST_CASE("What the options of a statement say goes into its parameters") {
    statement_options options;
    options.consistency(consistency::each_quorum)
        .serial_consistency(consistency::serial)
        .page_size(7)
        .paging_state(hex("0102"))
        .timestamp(5);
    CHECK(tests::summary(message::query_parameters(options)) ==
          " EACH_QUORUM page 7 after 0102 serial SERIAL at 5");
    options.page_size(0).paging_state({});
    CHECK(tests::summary(message::query_parameters(options)) == " EACH_QUORUM serial SERIAL at 5");
    CHECK(tests::summary(message::query_parameters(statement_options())) == " LOCAL_ONE page 5000");
}

TEST_CASE("An unset value cannot be sent in protocol v3") {
    message::query_parameters parameters;
    parameters.values = {message::bound_value::unset()};
    base::buffer buffer;
    base::byte_writer out(buffer);
    const auto encoded = message::query("q", parameters).encode(out, protocol_version::v3);
    REQUIRE(!encoded);
    CHECK(encoded.error().is(errc::invalid_argument));
    CHECK(message::query("q", parameters).encode(out, protocol_version::v4));
}

TEST_CASE("What is too long for its length field is an invalid argument, not a broken frame") {
    const std::string long_text(65536, 'x');
    const std::vector<message::bound_value> many(65536, message::bound_value::null());
    base::buffer buffer;
    base::byte_writer out(buffer);
    const auto refused = [&](const message::request& asked) {
        const auto encoded = asked.encode(out, protocol_version::v4);
        REQUIRE(!encoded);
        CHECK(encoded.error().is(errc::invalid_argument));
    };
    message::startup startup;
    startup.options = {{"k", long_text}};
    refused(startup);
    startup.options = {{long_text, "v"}};
    refused(startup);
    message::register_ events;
    events.events = {long_text};
    refused(events);
    message::query_parameters parameters;
    parameters.values = many;
    refused(message::query("q", parameters));
    refused(message::execute({}, parameters));
    const tests::bytes long_id(65536);
    refused(message::execute(long_id));
    message::batch batch;
    batch.statements.emplace_back(std::string_view("q"), many);
    refused(batch);
    batch.statements.assign(65536, message::batch::statement(std::string_view("q")));
    refused(batch);
    parameters.values = {message::bound_value::null()};
    parameters.names = {"a", "b"};
    refused(message::query("q", parameters));
}

TEST_CASE("A request of unknown flags, batch type, statement kind or value length is refused") {
    for (const char* digits : {
             "04000001 07 0000000a 00000003 616263 0001 80",         // query flags
             "04000001 0d 00000006 03 0000 0001 00",                 // batch type
             "04000001 0d 00000006 00 0000 0001 40",                 // named values in a batch
             "04000001 0d 0000000e 00 0001 02 0001 61 0000 0001 00", // statement kind
             "04000001 07 00000010 00000003 616263 0001 01 0001 fffffffd", // value of length -3
             "04000001 08 00000000",                                       // a response's opcode
             "04000001 05 00000001 00",                                    // OPTIONS with a body
         }) {
        CAPTURE(std::string(digits));
        const auto frame = hex(digits);
        const auto asked = message::decode_request(tests::header_of(frame), tests::body_of(frame));
        REQUIRE(!asked.has_value());
        CHECK(asked.error().is(errc::protocol_error));
    }
}

namespace {

/// The body in hex, or the refusal.
std::string body_of(const message::request& asked, protocol_version version) {
    base::buffer buffer;
    base::byte_writer out(buffer);
    const auto encoded = asked.encode(out, version);
    if (encoded)
        return to_hex(buffer);
    CHECK(encoded.error().is(errc::invalid_argument));
    return encoded.error().what();
}

std::string packed(std::string_view digits) {
    return to_hex(hex(digits));
}

} // namespace

TEST_CASE("v5: flags are four bytes, and keyspace and now_in_seconds come last; by hand") {
    statement_options options;
    options.consistency(consistency::one).page_size(std::nullopt);
    const auto parameters = [&] { return message::query_parameters(options); };
    CHECK(body_of(message::query("q", parameters()), protocol_version::v4) ==
          packed("00000001 71 0001 00"));
    CHECK(body_of(message::query("q", parameters()), protocol_version::v5) ==
          packed("00000001 71 0001 00000000"));
    options.keyspace("ks").now_in_seconds(7).timestamp(1);
    CHECK(body_of(message::query("q", parameters()), protocol_version::v5) ==
          packed("00000001 71 0001 000001a0 0000000000000001 0002 6b73 00000007"));
    CHECK(body_of(message::prepare("q"), protocol_version::v4) == packed("00000001 71"));
    CHECK(body_of(message::prepare("q"), protocol_version::v5) == packed("00000001 71 00000000"));
    CHECK(body_of(message::prepare("q", "ks"), protocol_version::v5) ==
          packed("00000001 71 00000001 0002 6b73"));
    message::batch batch;
    batch.statements.emplace_back(std::string_view("q"));
    batch.level = consistency::one;
    CHECK(body_of(batch, protocol_version::v4) == packed("00 0001 00 00000001 71 0000 0001 00"));
    batch.keyspace = "ks";
    batch.now_in_seconds = -1;
    CHECK(body_of(batch, protocol_version::v5) ==
          packed("00 0001 00 00000001 71 0000 0001 00000180 0002 6b73 ffffffff"));
}

TEST_CASE(
    "v5: EXECUTE has the metadata's id after the statement's, an empty one if none is known") {
    const auto id = hex("aabb");
    const auto metadata_id = hex("cc");
    message::query_parameters parameters;
    parameters.level = consistency::one;
    message::execute execute(id, parameters);
    CHECK(body_of(execute, protocol_version::v4) == packed("0002 aabb 0001 00"));
    CHECK(body_of(execute, protocol_version::v5) == packed("0002 aabb 0000 0001 00000000"));
    execute.result_metadata_id = std::span<const std::byte>(metadata_id);
    CHECK(body_of(execute, protocol_version::v5) == packed("0002 aabb 0001 cc 0001 00000000"));
    // As ScyllaDB's extension has it in v4.
    const auto extended = body_of(execute, protocol_version::v4);
    CHECK(extended == packed("0002 aabb 0001 cc 0001 00"));
    wire::frame_header header;
    header.version = 4;
    header.opcode = wire::opcode::execute;
    const auto body = hex(extended);
    CHECK(!message::decode_request(header, body).has_value());
    const auto asked = message::decode_request(header, body, true);
    REQUIRE(asked.has_value());
    CHECK(tests::summary(asked->message) == "EXECUTE aabb metadata cc ONE");
}

TEST_CASE(
    "EXECUTE has a block of a tablet's version behind all else where that is spoken, in every "
    "version") {
    const auto id = hex("aabb");
    message::query_parameters parameters;
    parameters.level = consistency::one;
    parameters.page_size = 7;
    message::execute execute(id, parameters);
    execute.version_block = 0x3f;
    CHECK(body_of(execute, protocol_version::v4) == packed("0002 aabb 0001 04 00000007 3f"));
    CHECK(body_of(execute, protocol_version::v5) ==
          packed("0002 aabb 0000 0001 00000004 00000007 3f"));
    for (const auto version : {protocol_version::v3, protocol_version::v4, protocol_version::v5}) {
        wire::frame_header header;
        header.version = static_cast<std::uint8_t>(version);
        header.opcode = wire::opcode::execute;
        const auto body = hex(body_of(execute, version));
        const auto asked = message::decode_request(header, body, false, true);
        REQUIRE(asked.has_value());
        CHECK(std::get<message::execute>(asked->message).version_block == 0x3f);
        CHECK(!message::decode_request(header, body).has_value());
        // Cut short at any byte, and with one more.
        for (std::size_t size = 0; size < body.size(); ++size)
            CHECK(!message::decode_request(
                header,
                tests::bytes(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size)), false,
                true));
        auto longer = body;
        longer.push_back(std::byte{0});
        CHECK(!message::decode_request(header, longer, false, true));
    }
    // Nothing else has one.
    message::query query;
    query.cql = "SELECT";
    wire::frame_header header;
    header.version = 4;
    header.opcode = wire::opcode::query;
    const auto body = hex(body_of(query, protocol_version::v4));
    CHECK(message::decode_request(header, body, false, true).has_value());
}

TEST_CASE("What only v5 can say is an invalid argument in lower versions, before it is sent") {
    statement_options in_keyspace;
    in_keyspace.keyspace("ks");
    statement_options at_time;
    at_time.now_in_seconds(1);
    message::batch batch;
    batch.keyspace = "ks";
    for (const auto version : {protocol_version::v3, protocol_version::v4}) {
        const auto keyspace = "a statement's keyspace needs protocol version 5";
        CHECK(body_of(message::query("q", message::query_parameters(in_keyspace)), version) ==
              keyspace);
        CHECK(body_of(message::execute({}, message::query_parameters(in_keyspace)), version) ==
              keyspace);
        CHECK(body_of(message::prepare("q", "ks"), version) == keyspace);
        CHECK(body_of(batch, version) == keyspace);
        CHECK(body_of(message::query("q", message::query_parameters(at_time)), version) ==
              "now_in_seconds needs protocol version 5");
    }
    in_keyspace.keyspace(std::string(65536, 'k'));
    CHECK(body_of(message::query("q", message::query_parameters(in_keyspace)),
                  protocol_version::v5) == "the keyspace's name is longer than 65,535");
}

TEST_CASE("v5: unknown flags, and a keyspace without a name, are refused") {
    for (const char* digits : {
             "05000001 07 00000010 00000003 616263 0001 00000200",      // query flags
             "05000001 07 00000012 00000003 616263 0001 00000080 0000", // keyspace of no name
             "05000001 09 0000000b 00000003 616263 00000002",           // prepare flags
             "05000001 09 0000000d 00000003 616263 00000001 0000",
             "05000001 0d 00000009 00 0000 0001 00000001", // values of a batch
         }) {
        CAPTURE(std::string(digits));
        const auto frame = hex(digits);
        const auto asked = message::decode_request(tests::header_of(frame), tests::body_of(frame));
        REQUIRE(!asked.has_value());
        CHECK(asked.error().is(errc::protocol_error));
    }
}
