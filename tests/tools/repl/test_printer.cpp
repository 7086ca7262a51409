#include "ini_file.hpp"
#include "output.hpp"
#include "result_printer.hpp"
#include "text.hpp"

#include "core/message/decode_response.hpp"
#include "testing/node_options.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include <unistd.h>

using namespace cocqlsh;

namespace {

cocql::page page_of(const std::vector<std::string>& texts) {
    const auto reply = cocql::testing::rows_of(texts);
    cocql::wire::frame_header header;
    header.version = 0x84;
    header.opcode = reply.opcode;
    return cocql::message::decode_page(header, cocql::base::shared_bytes::copy_of(reply.body)).value();
}

/// What is printed, taken through CAPTURE.
template <class Print>
std::string printed(Print print) {
    const auto path = (std::filesystem::temp_directory_path() / ("cocqlsh-print-" + std::to_string(::getpid()))).string();
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

TEST_CASE("an empty table has its header") {
    const auto text = printed([](output& out) {
        result_printer printer(out, false, false);
        printer.print(page_of({}));
        printer.finish();
    });
    CHECK(text == "\n text\n------\n\n(0 rows)\n");
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

TEST_CASE("cqlshrc is read as Python's ConfigParser reads it") {
    const auto file = ini_file::parse("; comment\n[connection]\nHostname = db.example.com\nport: 9142\n"
                                      "long = one\n  two\n# comment\n[ssl]\nvalidate = off\nodd line\n");
    CHECK(file.get("connection", "hostname") == "db.example.com");
    CHECK(file.get("connection", "port") == "9142");
    CHECK(file.get("connection", "long") == "one\ntwo");
    CHECK(file.get_bool("ssl", "validate") == false);
    CHECK(!file.get_bool("ssl", "check_hostname"));
    CHECK(!file.get("nothing", "port"));
    CHECK(ini_file::read("/dev/null/cqlshrc").has_value());
}

TEST_CASE("words keep their quotes, unquoting undoes them") {
    CHECK(words_of("LOGIN me 'pass word'  x") == std::vector<std::string>{"LOGIN", "me", "'pass word'", "x"});
    CHECK(unquoted("'it''s'") == "it's");
    CHECK(unquoted("\"a\"\"b\"") == "a\"b");
    CHECK(unquoted("plain") == "plain");
    CHECK(unquoted("'") == "'");
    CHECK(display_width("ü∑") == 2);
    CHECK(display_width("漢字") == 4);
}
