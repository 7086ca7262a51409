#include "text_decoder.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using cocqlsh::decoded;
using cocqlsh::text_decoder;
using namespace std::string_literals;

namespace {

/// The text "a", U+00E9, U+6F22, U+1D11E (two units in UTF-16) in each encoding, behind its mark.
const std::string plain = "a\u00e9\u6f22\U0001d11e";
const std::string little = "\xff\xfe"
                           "a\0\xe9\0\x22\x6f\x34\xd8\x1e\xdd"s;
const std::string big = "\xfe\xff\0a\0\xe9\x6f\x22\xd8\x34\xdd\x1e"s;
const std::string little_32 = "\xff\xfe\0\0"
                              "a\0\0\0\xe9\0\0\0\x22\x6f\0\0\x1e\xd1\x01\0"s;
const std::string big_32 = "\0\0\xfe\xff\0\0\0a\0\0\0\xe9\0\0\x6f\x22\0\x01\xd1\x1e"s;

} // namespace

TEST_CASE("a byte-order mark is taken off, and UTF-16 and UTF-32 are read by theirs") {
    CHECK(decoded(plain) == plain);
    CHECK(decoded("\xef\xbb\xbf" + plain) == plain);
    CHECK(decoded(little) == plain);
    CHECK(decoded(big) == plain);
    CHECK(decoded(little_32) == plain);
    CHECK(decoded(big_32) == plain);
    CHECK(decoded("").empty());
    CHECK(decoded("\xef\xbb\xbf").empty());
    CHECK(decoded("\xff\xfe").empty());
}

TEST_CASE("however the bytes are cut, the text is the same, and none is kept back that is whole") {
    for (const auto& bytes : {plain, "\xef\xbb\xbf" + plain, little, big, little_32, big_32})
        for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
            text_decoder decoder;
            std::string text;
            for (std::size_t at = 0; at < bytes.size(); at += piece)
                text += decoder.take(std::string_view(bytes).substr(at, piece));
            CHECK(text == plain);
            CHECK(decoder.finish().empty());
        }
}

TEST_CASE("what may be the beginning of a mark and is none is text in the end") {
    for (const auto& bytes : {"\xef"s, "\xef\xbb"s, "\xff"s, "\0\0\xfe"s, "\xef\xbbx"s}) {
        text_decoder decoder;
        auto text = decoder.take(bytes);
        text += decoder.finish();
        CHECK(text == bytes);
    }
}

TEST_CASE("characters that are cut short or broken become U+FFFD") {
    CHECK(decoded("\xff\xfe"
                  "a") == "\ufffd");
    CHECK(decoded("\xff\xfe\x34\xd8"s) == "\ufffd");
    CHECK(decoded("\xff\xfe\x34\xd8"
                  "a\0"s) == "\ufffda");
    CHECK(decoded("\xff\xfe\x1e\xdd"
                  "a\0"s) == "\ufffda");
    CHECK(decoded("\xff\xfe\0\0\xff\xff\xff\xff"s) == "\ufffd");
    CHECK(decoded("\xff\xfe\0\0"
                  "a\0"s) == "\ufffd");
}
