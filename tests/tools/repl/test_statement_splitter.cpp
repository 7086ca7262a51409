#include "statement_splitter.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using cocqlsh::statement_splitter;

namespace {

std::vector<std::string> split(std::string_view text, std::size_t chunk = std::string_view::npos) {
    statement_splitter splitter;
    for (std::size_t at = 0; at < text.size(); at += std::min(chunk, text.size() - at))
        splitter.feed(text.substr(at, std::min(chunk, text.size() - at)));
    static_cast<void>(splitter.finish());
    std::vector<std::string> statements;
    while (auto statement = splitter.next())
        statements.push_back(statement->text);
    return statements;
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("statements end at a semicolon outside of strings, names, bodies and comments") {
    CHECK(split("SELECT 1; SELECT 2;") == list{"SELECT 1", "SELECT 2"});
    CHECK(split("INSERT INTO t (a) VALUES ('x;y''z;');") ==
          list{"INSERT INTO t (a) VALUES ('x;y''z;')"});
    CHECK(split("SELECT \"a;b\" FROM t;") == list{"SELECT \"a;b\" FROM t"});
    CHECK(split("CREATE FUNCTION f() AS $$ a; 'b; $$;") ==
          list{"CREATE FUNCTION f() AS $$ a; 'b; $$"});
    CHECK(split("SELECT 1 -- not; here\n;") == list{"SELECT 1"});
    CHECK(split("SELECT 1 // not; here\n;") == list{"SELECT 1"});
    CHECK(split("SELECT /* not; here */ 1;") == list{"SELECT                 1"});
}

TEST_CASE("where a server says an error is, it is: comments keep their places") {
    CHECK(split("SELECT /* a\nb */ x -- c\n, // d\n/* é\t*/ y;") ==
          list{"SELECT     \n     x     \n,     \n        y"});
    CHECK(split("-- before\n/* it */ SELECT 1 /* after */;") == list{"SELECT 1"});
    CHECK(split("SELECT 1/**/ /*/*/,2;") == list{"SELECT 1          ,2"});
}

TEST_CASE("a comment ends with its line, however lines end, as the servers have it") {
    CHECK(split("SELECT 1 -- a\rFROM t -- b\r\nWHERE k = 2; SELECT 3;") ==
          list{"SELECT 1     \rFROM t     \r\nWHERE k = 2", "SELECT 3"});
    CHECK(split("// a;\rSELECT 1;") == list{"SELECT 1"});
}

TEST_CASE("marks of comments inside strings are text") {
    CHECK(split("SELECT '/* a -- b // c' ;SELECT 2;") ==
          list{"SELECT '/* a -- b // c'", "SELECT 2"});
}

TEST_CASE("a batch is one statement") {
    CHECK(split("BEGIN BATCH INSERT 1; UPDATE 2; APPLY BATCH; SELECT 1;") ==
          list{"BEGIN BATCH INSERT 1; UPDATE 2; APPLY BATCH", "SELECT 1"});
    CHECK(split("begin unlogged batch a; apply batch;") ==
          list{"begin unlogged batch a; apply batch"});
    CHECK(split("BEGIN COUNTER BATCH a; b; APPLY BATCH;") ==
          list{"BEGIN COUNTER BATCH a; b; APPLY BATCH"});
}

TEST_CASE("the shell's commands end at the line or at a semicolon") {
    CHECK(split("HELP\nSELECT 1;") == list{"HELP", "SELECT 1"});
    CHECK(split("consistency quorum; SELECT 1;") == list{"consistency quorum", "SELECT 1"});
    CHECK(split("SELECT\n1;") == list{"SELECT\n1"});
    CHECK(split("?\n") == list{"?"});
}

TEST_CASE("nothing is no statement, the end of the input ends the last one") {
    CHECK(split(" ;; -- only a comment\n /* and another */ ; ").empty());
    CHECK(split("SELECT 1") == list{"SELECT 1"});
    CHECK(split("SELECT 1 -- comment") == list{"SELECT 1"});
}

TEST_CASE("any cut of the input gives the same statements") {
    const std::string text = "SELECT 'a;''b' -- c;\n, \"d;\" /* e; */ ; BEGIN BATCH x; y; APPLY "
                             "BATCH; HELP\nCREATE $$ ; $ $$; --";
    const auto whole = split(text);
    REQUIRE(whole.size() == 4);
    for (std::size_t chunk = 1; chunk < text.size(); ++chunk) {
        INFO(chunk);
        CHECK(split(text, chunk) == whole);
    }
}

TEST_CASE("statements know the line they begin on") {
    statement_splitter splitter;
    splitter.feed("\n\nSELECT 1;\nSELECT\n2; SELECT 3;");
    CHECK(splitter.next()->line == 3);
    CHECK(splitter.next()->line == 4);
    CHECK(splitter.next()->line == 5);
}

TEST_CASE("a statement of 32,000 lines and more than a megabyte is taken byte by byte once") {
    std::string text = "INSERT INTO t (v) VALUES ('";
    for (int i = 0; i < 32'000; ++i)
        text += "thirty-two characters of a line;\n";
    text += "');";
    const auto statements = split(text, 4096);
    REQUIRE(statements.size() == 1);
    CHECK(statements[0].size() == text.size() - 1);
}

TEST_CASE("a file that ends inside a statement does not execute it") {
    const auto left = [](std::string_view text) {
        statement_splitter splitter;
        splitter.feed(text);
        const auto unfinished = splitter.finish_file();
        return unfinished && !unfinished->in_comment ? std::optional(unfinished->line)
                                                     : std::nullopt;
    };
    CHECK(left("SELECT 1;\nDELETE FROM t\nWHERE a = 1") == 2);
    CHECK(left("SELECT 'open;") == 1);
    CHECK(left("SOURCE 'open") == 1);
    CHECK(!left("SELECT 1; -- the end"));
    CHECK(!left("SELECT 1;\nHELP"));
    CHECK(!left(""));
    statement_splitter splitter;
    splitter.feed("EXIT");
    CHECK(!splitter.finish_file());
    CHECK(splitter.next()->text == "EXIT");
}

TEST_CASE("input that ends inside a comment does not execute what is before it") {
    const auto check = [](std::string_view text, std::size_t line, auto finish) {
        statement_splitter splitter;
        splitter.feed(text);
        const auto unfinished = (splitter.*finish)();
        REQUIRE(unfinished.has_value());
        CHECK(unfinished->in_comment);
        CHECK(unfinished->line == line);
        CHECK(!splitter.next());
        CHECK(!splitter.in_comment());
    };
    for (const auto finish : {&statement_splitter::finish, &statement_splitter::finish_file}) {
        check("/* SELECT 1;", 1, finish);
        check("\n\n /*", 3, finish);
        check("DELETE FROM t\n/* WHERE a = 1;\n;", 2, finish);
        check("HELP /*\n", 1, finish);
        check("/* one */ /* two", 1, finish);
        check("/*/", 1, finish);
    }
}

TEST_CASE("a byte-order mark is left out where a statement begins, and nowhere else") {
    const std::string mark = "\xef\xbb\xbf";
    for (const auto chunk : {std::size_t{1}, std::size_t{2}, std::size_t{1000}}) {
        CHECK(split(mark + "SELECT 1;" + mark + "SELECT 2;\n" + mark, chunk) ==
              list{"SELECT 1", "SELECT 2"});
        CHECK(split(mark + "HELP\n" + mark + "-- comment\n" + mark + "/* another */ HELP", chunk) ==
              list{"HELP", "HELP"});
        CHECK(split("SELECT " + mark + "1;", chunk) == list{"SELECT " + mark + "1"});
        CHECK(split("\xef\xbb"
                    "1;",
                    chunk) == list{"\xef\xbb"
                                   "1"});
    }
}

TEST_CASE("a comment that may go on is no statement, but it has begun") {
    statement_splitter splitter;
    splitter.feed("/* one;\n");
    CHECK(splitter.in_comment());
    CHECK(!splitter.in_statement());
    splitter.feed("*/ -- two\n");
    CHECK(!splitter.in_comment());
    splitter.feed("/* three");
    splitter.discard();
    CHECK(!splitter.in_comment());
}
