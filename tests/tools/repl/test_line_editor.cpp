#include "history.hpp"
#include "line_editor.hpp"
#include "text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

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

/// What a terminal makes of what is written to it: text, wrapping as xterm does, and the sequences
/// that the editor uses. The rows before the one where it began are not its business.
class screen {
  public:
    explicit screen(std::size_t columns) : columns_(columns), rows_(1) {}

    void show(std::string_view text) {
        for (std::size_t i = 0; i < text.size();) {
            if (text[i] == '\033') {
                const auto end = text.find_first_of("ABCDHJ", i + 2);
                REQUIRE(end != text.npos);
                obey(text[end], std::atoi(std::string(text.substr(i + 2, end - i - 2)).c_str()));
                i = end + 1;
            } else if (text[i] == '\r') {
                column_ = 0;
                ++i;
            } else if (text[i] == '\n') {
                next_row();
                ++i;
            } else {
                auto end = i + 1;
                while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
                    ++end;
                put(std::string(text.substr(i, end - i)));
                i = end;
            }
        }
    }
    /// Without blanks at their ends; the cursor's place is marked.
    std::string rows() const {
        std::string out;
        for (const auto& row : rows_) {
            std::string text;
            for (const auto& each : row)
                text += each;
            text.erase(text.find_last_not_of(' ') + 1);
            out += text + "|\n";
        }
        while (out.ends_with("|\n|\n"))
            out.resize(out.size() - 2);
        return out + std::to_string(row_) + "," + std::to_string(column_);
    }

  private:
    void next_row() {
        ++row_;
        if (row_ == rows_.size())
            rows_.emplace_back();
    }
    void put(const std::string& character) {
        const auto width = display_width(character);
        if (column_ + width > columns_) {
            next_row();
            column_ = 0;
        }
        auto& row = rows_[row_];
        if (row.size() < column_ + width)
            row.resize(column_ + width, " ");
        row[column_] = character;
        for (std::size_t i = 1; i < width; ++i)
            row[column_ + i].clear();
        column_ += width;
    }
    void obey(char what, int number) {
        const auto count = static_cast<std::size_t>(std::max(number, 1));
        switch (what) {
        case 'A':
            REQUIRE(row_ >= count);
            row_ -= count;
            break;
        case 'C':
            column_ = std::min(column_ + count, columns_ - 1);
            break;
        case 'J':
            REQUIRE(number == 0);
            rows_[row_].resize(std::min(column_, rows_[row_].size()));
            rows_.resize(row_ + 1);
            break;
        default:
            FAIL("not known: " << what);
        }
    }

    std::size_t columns_;
    std::vector<std::vector<std::string>> rows_;
    std::size_t row_ = 0;
    std::size_t column_ = 0;
};

/// The same, worked out by drawing all of it at once on an empty screen.
std::string expected_rows(const line_editor& of, std::size_t columns) {
    auto fresh = of;
    fresh.forget_screen();
    screen shown(columns);
    shown.show(fresh.draw(columns));
    return shown.rows();
}

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
    e.type("\x1b[200~\tpasted\x1b[201~\x1b[99;99~\x1bz\x1b[[A");
    CHECK(e.editor.line() == "\tpasted");
    CHECK(e.editor.draw(80).find("    pasted") != std::string::npos);
    e.type("\t");
    CHECK(e.editor.line() == "\tpasted    ");
}

TEST_CASE("a key after half a character is that key") {
    editing e;
    CHECK(e.type("a\xe6\x7f") == line_editor::event::none);
    CHECK(e.editor.line() == "a");
    e.type("\xe6\xbc\x1b[D+");
    CHECK(e.editor.line() == "a+\xe6\xbc");
    e.type("\x05\xc3\xc3\xa9");
    CHECK(e.editor.line() == "a+\xe6\xbc\xc3\u00e9");
    CHECK(e.type("\xf0\x9f\r") == line_editor::event::line);
    CHECK(e.editor.line() == "a+\xe6\xbc\xc3\u00e9\xf0\x9f");
    e.editor.begin("> ");
    CHECK(e.type("\xe6\x03") == line_editor::event::interrupt);
}

TEST_CASE("a key after half a key's sequence is that key") {
    editing e;
    e.type("ab\x1b[\x7f");
    CHECK(e.editor.line() == "a");
    e.type("b\x1b[1;\x1b[D-\x1b\x1b[D+");
    CHECK(e.editor.line() == "a+-b");
    CHECK(e.type("\x1b[\r") == line_editor::event::line);
    e.editor.begin("> ");
    CHECK(e.type("\x1bO\x03") == line_editor::event::interrupt);
}

TEST_CASE("what is pasted is text: keys in it do nothing") {
    editing e;
    CHECK(e.type("\x1b[200~\x04") == line_editor::event::none); // on an empty line
    e.type("a\x01"
           "b\x12\x10\x0b\x7f\x08"
           "c\x1b[A\x1b[D\x1b[1;5D"
           "d\x1b"
           "be\x1bOHf\x1b\x1b[3~g");
    CHECK(e.editor.line() == "abcdbefg");
    CHECK(e.editor.is_pasting());
    e.type("\x1b[201~\x01<");
    CHECK(e.editor.line() == "<abcdbefg");
    CHECK(!e.editor.is_pasting());
    // Should its end be lost, Ctrl-C leaves it.
    e.type("\x1b[200~more");
    CHECK(e.type("\x03") == line_editor::event::interrupt);
    CHECK(!e.editor.is_pasting());
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
        CHECK(past.add("SELECT -- one\n1;"));
        CHECK(past.add("SELECT -- one\n1;"));
        CHECK(past.add("LOGIN me 'hunter2'"));
        CHECK(past.add("CREATE ROLE r WITH PASSWORD = 'hunter2';"));
        CHECK(past.entries().size() == 3);
        history silent(path, false);
        CHECK(silent.add("SELECT 2;"));
        CHECK(silent.entries().size() == 2);
    }
    history again(path);
    CHECK(again.entries() == std::vector<std::string>{"SELECT -- one\n1;"});
    std::filesystem::remove_all(folder);
}

TEST_CASE("an entry of several lines is edited by its lines") {
    editing e;
    e.past.add("SELECT one\nFROM t\nWHERE kö = 1;");
    e.editor.begin("> ");
    e.type("\x1b[A");
    CHECK(e.editor.cursor() == e.editor.line().size());
    // Straight on to older entries, and back.
    e.type("\x1b[A");
    CHECK(e.editor.line() == "SELECT two FROM t;");
    e.type("\x1b[B");
    // Once something else was done, by its lines, as many characters into each.
    e.type("\x01\x06\x06\x06\x06\x06\x06\x06\x06\x1b[A!");
    CHECK(e.editor.line() == "SELECT one\nFROM t!\nWHERE kö = 1;");
    e.type("\x01<\x05>\x1b[A\x1b[H<\x1b[F>");
    CHECK(e.editor.line() == "<SELECT one>\n<FROM t!>\nWHERE kö = 1;");
    e.type("\x15\x1b[B\x0b");
    CHECK(e.editor.line() == "\n\nWHERE kö = 1;");
    e.type("\x0b");
    CHECK(e.editor.line() == "\nWHERE kö = 1;");
    e.type("\x15");
    CHECK(e.editor.line() == "WHERE kö = 1;");
    e.type("\x15\x0b"
           "ab\x02\x1b\r");
    CHECK(e.editor.line() == "a\nb");
    CHECK(e.type("\r") == line_editor::event::line);
    CHECK(e.editor.line() == "a\nb");
}

TEST_CASE("whatever is typed, the screen shows the entry, and the cursor in its place") {
    const std::vector<std::string> keys{"a",
                                        "bc ",
                                        "漢",
                                        "ü",
                                        "\t",
                                        "'",
                                        "\x1b[A",
                                        "\x1b[B",
                                        "\x1b[C",
                                        "\x1b[D",
                                        "\x1b[D",
                                        "\x01",
                                        "\x05",
                                        "\x7f",
                                        "\x04",
                                        "\x0b",
                                        "\x15",
                                        "\x17",
                                        "\x19",
                                        "\x1b\r",
                                        "\x1b\r",
                                        "\x12"
                                        "e",
                                        "\x07",
                                        "\x1b[3~",
                                        "\x1b[1;5D",
                                        "\x10",
                                        "\x0e",
                                        "0123456789"};
    std::mt19937 random(20261128);
    for (const std::size_t columns : {8U, 10U, 23U, 80U}) {
        editing e;
        e.past.add("SELECT one\nFROM t -- 漢\n\nWHERE k = 1;");
        e.past.add("0123456\n" + std::string(columns - 7, 'x') + "\ny");
        for (int round = 0; round < 40; ++round) {
            e.editor.begin("> ");
            screen shown(columns);
            shown.show(e.editor.draw(columns));
            for (int typed = 0; typed < 40; ++typed) {
                const auto& key = keys[random() % keys.size()];
                if (key == "\x04" && e.editor.line().empty())
                    continue;
                e.type(key);
                shown.show(e.editor.draw(columns));
                INFO(columns << " columns, key " << round << "." << typed << ": "
                             << e.editor.line());
                REQUIRE(shown.rows() == expected_rows(e.editor, columns));
            }
            shown.show(e.editor.leave(columns));
        }
    }
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
