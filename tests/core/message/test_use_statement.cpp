#include "core/message/use_statement.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace cocql::message;
using namespace std::string_view_literals;

TEST_CASE("A keyspace's name is quoted, whatever is in it, and read back as it was") {
    for (const auto name : {"app"sv, "Mixed Case"sv, "we\"ird"sv, "\""sv, "\"\""sv, "a;b"sv,
                            "a--b"sv, "a/*b*/"sv, "a'b"sv, "a\0b"sv, "\0"sv, "a\nb"sv,
                            "k\xc3\xa9y"sv, "a_name_of_forty_eight_letters_as_long_as_any_may"sv}) {
        const auto cql = use_statement(name);
        CAPTURE(cql);
        CHECK(is_use_statement(cql));
        CHECK(keyspace_used_by(cql) == std::string(name));
        CHECK(keyspace_used_by(cql + ";") == std::string(name));
    }
    // What is too long, as all that cannot be, is for the server to refuse.
    const std::string long_name(1'000, '"');
    CHECK(keyspace_used_by(use_statement(long_name)) == long_name);
    CHECK(use_statement("app") == "USE \"app\"");
    CHECK(use_statement("we\"ird") == "USE \"we\"\"ird\"");
    CHECK(use_statement("") == "USE \"\"");
}

TEST_CASE("USE is known by its word, behind blanks and comments, and names are in lower case where "
          "they are not quoted") {
    for (const auto cql :
         {"USE other"sv, "use OTHER"sv, " \t\r\n\v\fUse Other ;"sv, "USE\tother--of all"sv,
          "USE other/* of all */"sv, "USE/**/other"sv, "-- first\nUSE -- second\nother"sv,
          "// first\nUSE\n// second\nother"sv, "/* USE this */USE \"other\""sv, "USE\"other\""sv}) {
        CAPTURE(cql);
        CHECK(is_use_statement(cql));
        CHECK(keyspace_used_by(cql) == "other");
    }
    CHECK(keyspace_used_by("USE \"Other\"") == "Other");
    CHECK(keyspace_used_by("USE \"a\"\"b\" ;") == "a\"b");
}

TEST_CASE("Other statements are none, nor what a comment or a longer word begins with") {
    for (const auto cql :
         {""sv, "U"sv, "US"sv, "USE"sv, "USER"sv, "USED other"sv, "USE_ other"sv, "USE;"sv,
          "SELECT use FROM t"sv, "-- USE other"sv, "/* USE other"sv, "/* USE other */"sv,
          "- USE other"sv, "/ USE other"sv, "'USE other'"sv, "\"USE\" other"sv,
          "\x15\x13\x05 other"sv, "DESCRIBE KEYSPACE other"sv}) {
        CAPTURE(cql);
        CHECK(!is_use_statement(cql));
        CHECK(!keyspace_used_by(cql));
    }
}

TEST_CASE("USE of no name names none, and one that ends within its quotes what there is") {
    CHECK(keyspace_used_by("USE ") == "");
    CHECK(keyspace_used_by("USE ;") == "");
    CHECK(keyspace_used_by("USE \"\"") == "");
    CHECK(keyspace_used_by("USE \"oth") == "oth");
    CHECK(keyspace_used_by("USE \"oth\"\"") == "oth\"");
}
