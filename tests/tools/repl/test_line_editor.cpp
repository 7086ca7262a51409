#include "history.hpp"
#include "line_editor.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

using namespace cocqlsh;

namespace {

class editing {
  public:
    editing() : past("/dev/null/history"), editor(past) {
        past.add("SELECT 1;");
        past.add("SELECT two FROM t;");
        editor.begin("> ");
    }
    line_editor::event type(std::string_view keys) {
        auto happened = line_editor::event::none;
        for (const char key : keys)
            happened = editor.take(key);
        return happened;
    }
    history past;
    line_editor editor;
};

} // namespace

TEST_CASE("typing, moving and deleting") {
    editing e;
    e.type("helo");
    e.type("\x02l");
    CHECK(e.editor.line() == "hello");
    e.type("\x01>\x05<");
    CHECK(e.editor.line() == ">hello<");
    e.type("\x7f\x01\x04");
    CHECK(e.editor.line() == "hello");
    e.type("\x05 big world\x17\x17");
    CHECK(e.editor.line() == "hello ");
    e.type("\x15");
    CHECK(e.editor.line().empty());
    e.type("\x19");
    CHECK(e.editor.line() == "hello ");
    CHECK(e.type("\r") == line_editor::event::line);
}

TEST_CASE("characters of several bytes are one for every key") {
    editing e;
    e.type("aü∑");
    CHECK(e.editor.line() == "aü∑");
    e.type("\x1b[D\x7f");
    CHECK(e.editor.line() == "a∑");
    e.type("\x05\x7f");
    CHECK(e.editor.line() == "a");
}

TEST_CASE("arrows walk through history and back to the line that was being typed") {
    editing e;
    e.type("draft");
    e.type("\x1b[A");
    CHECK(e.editor.line() == "SELECT two FROM t;");
    e.type("\x1b[A\x1b[A\x1b[A");
    CHECK(e.editor.line() == "SELECT 1;");
    e.type("\x1b[B\x1b[B");
    CHECK(e.editor.line() == "draft");
}

TEST_CASE("Ctrl-R finds, Ctrl-G gives up") {
    editing e;
    e.type("\x12"
           "SELECT 1");
    CHECK(e.editor.line() == "SELECT 1;");
    CHECK(e.type("\r") == line_editor::event::line);
    e.editor.begin("> ");
    e.type("kept\x12two\x07");
    CHECK(e.editor.line() == "kept");
}

TEST_CASE("Ctrl-C interrupts, Ctrl-D ends an empty line only") {
    editing e;
    e.type("x");
    CHECK(e.type("\x04") == line_editor::event::none);
    CHECK(e.type("\x03") == line_editor::event::interrupt);
    e.editor.begin("> ");
    CHECK(e.type("\x04") == line_editor::event::end);
}

TEST_CASE("a bracketed paste, a leading tab, and sequences that mean nothing do no harm") {
    editing e;
    e.type("\x1b[200~\tpasted\x1b[201~\x1b[99;99~\x1bz");
    CHECK(e.editor.line() == "\tpasted");
    CHECK(e.editor.draw(80).find("    pasted") != std::string::npos);
    e.type("\t");
    CHECK(e.editor.line() == "\tpasted    ");
}

TEST_CASE("what needs no movement of the cursor is drawn plainly, for scripts that read it") {
    editing e;
    CHECK(e.editor.draw(80) == "> ");
    e.type("SELECT");
    CHECK(e.editor.draw(80) == "SELECT");
    CHECK(e.editor.leave(80).empty());
    e.editor.begin("   ... ");
    CHECK(e.editor.draw(80) == "   ... ");
    e.type("12");
    CHECK(e.editor.leave(80) == "12");
}

TEST_CASE("drawing a line longer than the screen goes up as many rows as it drew") {
    editing e;
    e.type(std::string(25, 'x'));
    const auto first = e.editor.draw(10);
    CHECK(first == "> " + std::string(25, 'x'));
    e.type("\x01");
    CHECK(e.editor.draw(10).starts_with("\033[2A\r\033[J"));
    CHECK(e.editor.draw(10).starts_with("\r\033[J"));
}

TEST_CASE("what is appended is drawn alone") {
    editing e;
    e.type("ab");
    CHECK(e.editor.draw(10).find("> ab") != std::string::npos);
    e.type("cd");
    CHECK(e.editor.draw(10) == "cd");
    CHECK(e.editor.draw(10).empty());
    e.type("efgh");
    CHECK(e.editor.draw(10) == "efgh \r");
    e.type("ij");
    CHECK(e.editor.draw(10) == "ij");
    // Deleting draws everything, from the row where the cursor is.
    e.type("\x7f");
    CHECK(e.editor.draw(10).starts_with("\033[1A\r\033[J> abcdefghi"));
    e.type("\x1b[A");
    CHECK(e.editor.draw(10).find("SELECT two") != std::string::npos);
}

TEST_CASE("a wide character that does not fit the row's end stands on the next one") {
    editing e;
    e.type("1234567漢");
    // 2 of prompt and 7 leave one column of ten: it takes the first two of the next row.
    CHECK(e.editor.draw(10) == "> 1234567漢");
    e.type("\x1b[D\x1b[C\x1b[D");
    CHECK(e.editor.draw(10) == "\033[1A\r\033[J> 1234567漢\033[1A\r\033[9C");
    e.type("\x0c");
    CHECK(e.editor.draw(10).starts_with("\033[H\033[2J"));
}

TEST_CASE("history is kept in a file, passwords are not") {
    const auto folder =
        std::filesystem::temp_directory_path() / ("cocqlsh-test-" + std::to_string(::getpid()));
    const auto path = (folder / "deeper" / "history").string();
    {
        history past(path);
        CHECK(past.add("SELECT\n1;"));
        CHECK(past.add("SELECT\n1;"));
        CHECK(past.add("LOGIN me 'hunter2'"));
        CHECK(past.add("CREATE ROLE r WITH PASSWORD = 'hunter2';"));
        CHECK(past.entries().size() == 3);
    }
    history again(path);
    CHECK(again.entries() == std::vector<std::string>{"SELECT 1;"});
    std::filesystem::remove_all(folder);
}

TEST_CASE("after a resize the rows are those that the terminal has wrapped the line into") {
    editing e;
    e.type("123456789 123456789 12345");
    e.editor.draw(40);
    CHECK(e.editor.draw(10).starts_with("\033[2A\r\033[J> 1234"));
    CHECK(e.editor.draw(20).starts_with("\033[1A\r\033[J> 1234"));
    CHECK(e.editor.draw(40).starts_with("\r\033[J> 1234"));
    e.type("\x01");
    e.editor.draw(40);
    CHECK(e.editor.draw(10).starts_with("\r\033[J> 1234"));
}

TEST_CASE("where others have written, the line is drawn on a row of its own") {
    editing e;
    e.type("123456789 123456789 12345");
    e.editor.draw(10);
    e.editor.forget_screen();
    CHECK(e.editor.draw(10).starts_with("\r\033[J> 1234"));
    e.type("\x7f");
    CHECK(e.editor.draw(10).starts_with("\033[2A\r\033[J> 1234"));
}
