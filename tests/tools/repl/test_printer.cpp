#include "core/message/decode_response.hpp"
#include "description.hpp"
#include "failure_text.hpp"
#include "output.hpp"
#include "result_printer.hpp"
#include "text.hpp"
#include "value_painter.hpp"

#include <cocql/testing/node_options.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <unistd.h>

using namespace cocqlsh;

namespace {

cocql::page page_of_reply(const cocql::testing::node_reply& reply) {
    cocql::wire::frame_header header;
    header.version = 0x84;
    header.opcode = reply.opcode;
    return cocql::message::decode_page(header, cocql::base::shared_bytes::copy_of(reply.body))
        .value();
}

cocql::page page_of(const std::vector<std::string>& texts) {
    return page_of_reply(cocql::testing::rows_of(texts));
}

/// What is printed, taken through CAPTURE.
template <class Print>
std::string printed(Print print) {
    const auto path =
        (std::filesystem::temp_directory_path() / ("cocqlsh-print-" + std::to_string(::getpid())))
            .string();
    {
        output out(false);
        REQUIRE(out.capture(path));
        print(out);
    }
    const auto text = file_text(path);
    std::filesystem::remove(path);
    return text.value();
}

} // namespace

TEST_CASE("a table has cqlsh's layout") {
    const auto text = printed([](output& out) {
        result_printer printer(out, false, false);
        printer.print(page_of({"a", "long text", "ü∑"}));
        printer.finish();
    });
    CHECK(text == "\n"
                  " text\n"
                  "-----------\n"
                  "         a\n"
                  " long text\n"
                  "        ü∑\n"
                  "\n"
                  "(3 rows)\n");
}

TEST_CASE("a value of no bytes is a blank, and null is null") {
    using kind = cocql::data_type::kind;
    using cocql::value;
    const value empty = value::empty();
    const auto text = printed([&](output& out) {
        result_printer printer(out, false, false);
        printer.print(page_of_reply(cocql::testing::rows_of(
            {{"k", "t", "n", kind::int_},
             {"k", "t", "at", kind::timestamp},
             {"k", "t", "l", cocql::data_type::list(kind::uuid)}},
            {{empty, empty, value::sequence(1, empty)}, {value(), value(), value()}})));
        printer.finish();
    });
    CHECK(text == "\n"
                  " n    | at   | l\n"
                  "------+------+------\n"
                  "      |      |   []\n"
                  " null | null | null\n"
                  "\n"
                  "(2 rows)\n");
}

TEST_CASE("an empty table has its header") {
    const auto text = printed([](output& out) {
        result_printer printer(out, false, false);
        printer.print(page_of({}));
        printer.finish();
    });
    CHECK(text == "\n text\n------\n\n\n(0 rows)\n");
}

TEST_CASE("expanded output has one block per row, numbered over the pages") {
    const auto text = printed([](output& out) {
        result_printer printer(out, true, false);
        printer.print(page_of({"a"}));
        printer.print(page_of({"b"}));
        printer.finish();
    });
    CHECK(text == "\n"
                  "@ Row 1\n------+---\n text | a\n\n"
                  "@ Row 2\n------+---\n text | b\n\n"
                  "\n(2 rows)\n");
}

TEST_CASE("the header stands once off a terminal and on each page on one") {
    const auto pages = [](bool terminal) {
        return printed([terminal](output& out) {
            result_printer printer(out, false, terminal);
            printer.print(page_of({"a"}));
            printer.print(page_of({"b"}));
            printer.finish();
        });
    };
    CHECK(pages(false) == "\n text\n------\n    a\n    b\n\n(2 rows)\n");
    CHECK(pages(true) == "\n text\n------\n    a\n\n text\n------\n    b\n\n(2 rows)\n");
}

TEST_CASE("words keep their quotes, unquoting undoes them") {
    CHECK(words_of("LOGIN me 'pass word'  x") ==
          std::vector<std::string>{"LOGIN", "me", "'pass word'", "x"});
    CHECK(unquoted("'it''s'") == "it's");
    CHECK(unquoted("\"a\"\"b\"") == "a\"b");
    CHECK(unquoted("plain") == "plain");
    CHECK(unquoted("'") == "'");
    CHECK(display_width("ü∑") == 2);
    CHECK(display_width("漢字") == 4);
}

TEST_CASE("the answer to a conditional statement is not counted") {
    const auto text = printed([](output& out) {
        result_printer printer(out, false, false);
        printer.print(page_of({"a"}));
        printer.finish_uncounted();
    });
    CHECK(text == "\n text\n------\n    a\n");
}

TEST_CASE("names stand in columns as Python's cmd.columnize puts them") {
    using list = std::vector<std::string>;
    CHECK(in_columns({}) == list{});
    CHECK(in_columns({"one"}) == list{"one"});
    CHECK(in_columns({"app", "system", "system_auth", "system_distributed", "system_schema",
                      "system_traces", "system_views", "system_virtual_schema"}) ==
          list{"app     system_auth         system_schema  system_views         ",
               "system  system_distributed  system_traces  system_virtual_schema"});
    const std::string wide(90, 'x');
    CHECK(in_columns({wide, "b"}) == list{wide, "b"});
    // In no time that grows with the square of their number.
    const list many(200'000, wide);
    CHECK(in_columns(many) == many);
}

TEST_CASE("what the server said is worded as cqlsh words it") {
    const auto said = [](cocql::server_error_code code, std::string message, auto details) {
        cocql::server_error error;
        error.code = code;
        error.message = std::move(message);
        error.details = std::move(details);
        cocql::error failure(cocql::errc::server_error, "x");
        failure.with(std::move(error));
        return failure_text(failure);
    };
    using code = cocql::server_error_code;
    const std::monostate nothing;
    CHECK(said(code::syntax_error, "line 1:0 no", nothing) == "SyntaxException: line 1:0 no");
    CHECK(said(code::invalid, "no table", nothing) ==
          "InvalidRequest: Error from server: code=2200 [Invalid query] message=\"no table\"");
    CHECK(said(code::unavailable, "too few",
               cocql::unavailable_details{cocql::consistency::three, 3, 1}) ==
          "Unavailable: Error from server: code=1000 [Unavailable exception] message=\"too few\" "
          "info={'consistency': 'THREE', 'required_replicas': 3, 'alive_replicas': 1}");
    CHECK(said(code::write_timeout, "late",
               cocql::write_timeout_details{cocql::consistency::quorum, 1, 2, "SIMPLE", {}}) ==
          "WriteTimeout: Error from server: code=1100 [Coordinator node timed out waiting for "
          "replica nodes' responses] message=\"late\" info={'consistency': 'QUORUM', "
          "'required_responses': 2, 'received_responses': 1, 'write_type': 'SIMPLE'}");
    CHECK(said(code::already_exists, "x", cocql::already_exists_details{"app", "n"}) ==
          "AlreadyExists: Table 'app.n' already exists");
    CHECK(said(code::already_exists, "x", cocql::already_exists_details{"app", ""}) ==
          "AlreadyExists: Keyspace 'app' already exists");
    CHECK(failure_text(cocql::error(cocql::errc::timed_out, "timed out")) == "timed out");
}

TEST_CASE("values of no bytes are painted as nothing, nested too") {
    using kind = cocql::data_type::kind;
    using cocql::value;
    const output out(true);
    const std::string nothing = "\033[0;1;33m\033[0m";
    const value empty = value::empty();
    CHECK(painted_value(out, kind::int_, empty).bytes() == nothing);
    CHECK(painted_value(out, kind::timestamp, empty).bytes() == nothing);
    CHECK(
        painted_value(out, cocql::data_type::list(kind::inet), value::sequence(1, empty)).bytes() ==
        "\033[0;1;34m[\033[0m" + nothing + "\033[0;1;34m]\033[0m");
    CHECK(painted_value(out, kind::int_, value()).bytes() == "\033[0;1;31mnull\033[0m");
}

TEST_CASE("all elements of a vector have the colour of their type") {
    using kind = cocql::data_type::kind;
    const output out(true);
    CHECK(painted_value(out, cocql::data_type::vector(kind::int_, 2), cocql::value::sequence{1, 2})
              .bytes() ==
          "\033[0;1;34m[\033[0m\033[0;1;32m1\033[0m\033[0;1;34m, \033[0m\033[0;1;32m2\033[0m"
          "\033[0;1;34m]\033[0m");
}

TEST_CASE("values are painted as cqlsh paints them") {
    using kind = cocql::data_type::kind;
    const output out(true);
    const auto text = [&](std::string_view value) {
        return painted_value(out, kind::text, cocql::value(value)).bytes();
    };
    CHECK(text("a") == "\033[0;1;33ma\033[0m");
    CHECK(text("a\tb\\c") == "\033[0;1;33ma\033[0;35m\\t\033[0;1;33mb\\c\033[0m");
    const cocql::value::sequence one(1, cocql::value(7));
    CHECK(painted_value(out, cocql::data_type::set(kind::int_), cocql::value(one)).bytes() ==
          "\033[0;1;34m{\033[0m\033[0;1;32m7\033[0m\033[0;1;34m}\033[0m");
    const cocql::value::mapping entry(1, {cocql::value("it's"), cocql::value()});
    CHECK(painted_value(out, cocql::data_type::map(kind::text, kind::int_), cocql::value(entry))
              .bytes() == "\033[0;1;34m{\033[0m\033[0;1;33m'it''s'\033[0m\033[0;1;34m: \033[0m"
                          "\033[0;1;31mnull\033[0m\033[0;1;34m}\033[0m");
}
