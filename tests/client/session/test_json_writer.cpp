#include "client/session/json_writer.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

using namespace cocql;
using client::json_writer;

namespace {

std::string text_of_member(const std::string& text) {
    json_writer out;
    {
        const json_writer::object all(out);
        out.member("t", text);
    }
    return out.take();
}

/// What another implementation reads; it takes nothing that is not UTF-8.
std::string read_back(const std::string& text) {
    return nlohmann::json::parse(text_of_member(text)).at("t").get<std::string>();
}

} // namespace

TEST_CASE("JSON of objects in objects is as short as it goes") {
    json_writer out;
    {
        const json_writer::object all(out);
        out.member("number", std::int64_t{-7});
        out.member("so", true);
        { const json_writer::object empty(out, "empty"); }
        const json_writer::object inner(out, "inner");
        out.member("not so", false);
        out.member("text", "a \"quoted\\one\"\n");
    }
    CHECK(out.take() == R"({"number":-7,"so":true,"empty":{},"inner":{"not so":false,)"
                        R"("text":"a \"quoted\\one\"\u000a"}})");
}

TEST_CASE("Any bytes make a text: UTF-8 as it is, and U+FFFD for what is none") {
    for (const std::string good : {"", "plain", "\x7f", "\xc3\xa9", "\xe2\x82\xac", "\xed\x9f\xbf",
                                   "\xee\x80\x80", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"})
        CHECK(read_back(good) == good);
    CHECK(read_back(std::string("a\0b", 3)) == std::string("a\0b", 3));
    const std::string replaced = "\xef\xbf\xbd";
    CHECK(read_back("\x80") == replaced);
    CHECK(read_back("\xff!") == replaced + "!");
    CHECK(read_back("\xc3") == replaced);                // cut short
    CHECK(read_back("\xc0\xaf") == replaced + replaced); // by more bytes than it takes
    CHECK(read_back("\xe0\x9f\xbf") == replaced + replaced + replaced);
    CHECK(read_back("\xed\xa0\x80") == replaced + replaced + replaced); // a surrogate
    CHECK(read_back("\xf0\x8f\xbf\xbf") == replaced + replaced + replaced + replaced);
    CHECK(read_back("\xf4\x90\x80\x80") == replaced + replaced + replaced + replaced);
    CHECK(read_back("\xe2\x82") == replaced + replaced);
    // All of two bytes, and what another reader takes.
    for (int first = 0; first < 256; ++first)
        for (int second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second)};
            const auto read = read_back(text);
            const auto as_it_is = nlohmann::json::accept(
                nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore));
            CHECK(as_it_is);
            const bool valid = (first < 0x80 && second < 0x80) ||
                               (first >= 0xc2 && first < 0xe0 && second >= 0x80 && second < 0xc0);
            REQUIRE((read == text) == valid);
        }
}
