#include "painted.hpp"
#include "screen_text.hpp"
#include "visible_text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace cocqlsh;

TEST_CASE("what would command a terminal is shown instead") {
    CHECK(visible_text("") == "");
    CHECK(visible_text("plain, naïve, 漢字, \u00a0 and \u200d") ==
          "plain, naïve, 漢字, \u00a0 and \u200d");
    CHECK(visible_text("\x1b[2J") == "\\x1b[2J");
    CHECK(visible_text("a\nb\rc\td\x07\x7f") == "a\\nb\\rc\\td\\x07\\x7f");
    CHECK(visible_text(std::string_view("a\0b", 3)) == "a\\x00b");
    // C1: U+009B begins a sequence as ESC [ does.
    CHECK(visible_text("\u009b2J\u0080\u009f") == "\\x9b2J\\x80\\x9f");
    CHECK(visible_text("\u202atxet\u202e \u2066x\u2069") == "\\u202atxet\\u202e \\u2066x\\u2069");
    CHECK(visible_text("\u2029\u202f\u2065\u206a") == "\u2029\u202f\u2065\u206a"); // beside them
}

TEST_CASE(
    "bytes that are no UTF-8 are shown, since a terminal may take them for control characters") {
    CHECK(visible_text("\x9b\x32J") == "\\x9b2J");
    CHECK(visible_text("a\xe9z") == "a\\xe9z");
    CHECK(visible_text("\xe6\xbc") == "\\xe6\\xbc");          // cut short
    CHECK(visible_text("\xc0\x9b") == "\\xc0\\x9b");          // overlong
    CHECK(visible_text("\xed\xa0\x80") == "\\xed\\xa0\\x80"); // half of a pair
}

TEST_CASE("every byte is shown or kept, whatever it is among") {
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second), 'x'};
            const auto shown = visible_text(text);
            CHECK(shown.back() == 'x');
            CHECK(visible_text(shown) == shown); // nothing is left that commands
        }
    }
}

TEST_CASE("a line that is edited does not command the terminal either") {
    CHECK(visible("a\tb\x1b[2J\nc\x7f") == "a    b^[[2J^Jc^?");
    CHECK(visible("\u009b2J\u202e\x9b 漢") == "\\x9b2J\\u202e\\x9b 漢");
}

TEST_CASE("painted text has no sequences but those of our colours") {
    manner how;
    how.is_coloured = how.is_visible = true;
    painted text(how);
    text.add("\x1b[31m", colour::blue).add("漢").add_blanks(2);
    CHECK(text.bytes() == "\033[0;1;34m\\x1b[31m\033[0m漢  ");
    CHECK(text.width() == 8 + 2 + 2);
    text.drop_blanks_at_end();
    CHECK(text.width() == 8 + 2);
    painted whole(how);
    whole.begin(colour::red).add(text).end();
    CHECK(whole.width() == text.width());
    CHECK(whole.bytes() == "\033[0;1;31m" + text.bytes() + "\033[0m");
}

TEST_CASE("where no terminal is, text passes as it came") {
    painted text(manner{});
    text.add("\x1b[31m\n", colour::blue).begin(colour::red).add("\x9b").end();
    CHECK(text.bytes() == "\x1b[31m\n\x9b");
}
