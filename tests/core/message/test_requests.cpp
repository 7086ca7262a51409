#include "samples.hpp"
#include "summary.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace cocql;
using tests::hex;
using tests::to_hex;

TEST_CASE("Every request reads back as it was written, in both versions") {
    for (const auto version : {protocol_version::v3, protocol_version::v4})
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
