#include "ini_file.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using cocqlsh::ini_file;

namespace {

std::string refusal_of(std::string_view text) {
    const auto file = ini_file::parse(text);
    return file ? std::string() : std::string(file.error().message());
}

} // namespace

TEST_CASE("cqlshrc is read as Python's ConfigParser reads it") {
    auto file = ini_file::parse("; comment\n[connection]\nHostname = db.example.com\nport: 9142\n"
                                "long = one\n  two\n\n  # comment\n  three\n\n[ssl] ; comment\n"
                                "  validate = off\n  certfile = a\n")
                    .value();
    CHECK(file.get("connection", "hostname").value() == "db.example.com");
    CHECK(file.get("connection", "PORT").value() == "9142");
    CHECK(file.get("connection", "long").value() == "one\ntwo\n\nthree");
    CHECK(file.get_bool("ssl", "validate").value() == false);
    CHECK(file.get("ssl", "certfile").value() == "a");
    CHECK(!file.get_bool("ssl", "check_hostname").value());
    CHECK(!file.get("nothing", "port").value());
    CHECK(!file.get_raw("connection", "nothing"));
}

TEST_CASE("[DEFAULT] stands behind the sections that are there") {
    auto file = ini_file::parse("[a]\nx = 1\n[DEFAULT]\nx = 2\ny = 3\n").value();
    CHECK(file.get("a", "x").value() == "1");
    CHECK(file.get("a", "y").value() == "3");
    CHECK(!file.get("b", "y").value());
}

TEST_CASE("a value may be made of others") {
    auto file =
        ini_file::parse("[a]\nx = %(Y)s/%%\ny = %(z)s%(z)s\nz = 1\nbad = 5%\nloop = %(loop)s\n"
                        "unknown = %(nothing)s\n")
            .value();
    CHECK(file.get("a", "x").value() == "11/%");
    CHECK(file.get_raw("a", "x") == "%(Y)s/%%");
    CHECK(file.get("a", "bad").error().message() ==
          ":5: [a] bad: a '%' must be followed by '%' or (name)s");
    CHECK(file.get("a", "loop").error().message() ==
          ":6: [a] loop: %(name)s leads through too many entries");
    CHECK(file.get("a", "unknown").error().message() ==
          ":7: [a] unknown: there is no entry of the name in %(name)s");
}

TEST_CASE("a few lines that would make a value of any size, or take any time, do not") {
    for (const auto size : {std::size_t{0}, std::size_t{1000}}) {
        std::string text = "[a]\nx0 =" + std::string(size, 'x') + "\n";
        for (int i = 1; i < 10; ++i) {
            text += "x" + std::to_string(i) + " =";
            for (int each = 0; each < 100; ++each)
                text += "%(x" + std::to_string(i - 1) + ")s";
            text += "\n";
        }
        auto file = ini_file::parse(text).value();
        CHECK(file.get("a", "x1").value()->size() == 100 * size);
        CHECK(file.get("a", "x9").error().message() == ":11: [a] x9: the value becomes too long");
    }
}

TEST_CASE("nothing in cqlshrc is passed over in silence") {
    CHECK(refusal_of("[ssl]\n\nodd line\n") ==
          ":3: 'odd line' is not a setting: write name = value");
    CHECK(refusal_of("[ssl]\n= x\n") == ":2: this is not a setting: write name = value");
    CHECK(refusal_of("ssl = true\n[ssl]\n") == ":1: 'ssl' stands before the first [section]");
    CHECK(refusal_of("[ssl]\na = 1\nA: 2\n") == ":3: [ssl] a stands twice, first in line 2");
    CHECK(refusal_of("[ssl]\n[ui]\n[ssl]\n") == ":3: [ssl] stands twice, first in line 1");
    CHECK(refusal_of("[DEFAULT]\na = 1\n[DEFAULT]\nb = 1\n").empty());
    auto file = ini_file::parse("[connection]\nssl = maybe\n").value();
    CHECK(file.get_bool("connection", "ssl").error().message() ==
          ":2: [connection] ssl must be true or false, not 'maybe'");
}

TEST_CASE("a password that a mistake was made around is not shown") {
    for (const auto* text : {"[authentication]\npassword hunter2\n", "password hunter2\n",
                             "password = hunter2\n", "[plain_text_auth]\npassword =\nhunter2\n",
                             "[auth_provider]\nhunter2\n", "[PlainTextAuthProvider]\nhunter2\n"})
        CHECK(refusal_of(text).find("hunter2") == std::string::npos);
}

TEST_CASE("what nobody has asked for is known") {
    auto file = ini_file::parse("[b]\nx = %(base)s\nbase = 1\nleft = 2\n[a]\ny = 3\nz = 4\n"
                                "[DEFAULT]\nd = 5\n")
                    .value();
    static_cast<void>(file.get("b", "x"));
    static_cast<void>(file.get_bool("a", "y"));
    std::vector<std::string> left;
    for (const auto& each : file.unread())
        left.push_back(each.section + " " + each.name + " " + std::to_string(each.line));
    CHECK(left == std::vector<std::string>{"b left 4", "a z 7", "DEFAULT d 9"});
    CHECK(file.take_section("a").size() == 2);
    CHECK(file.unread().size() == 2);
}
