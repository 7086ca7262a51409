#include <cocql/statement_text.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

using namespace cocql;

namespace {

constexpr bool has(std::string_view cql, std::size_t least, std::size_t most) {
    const detail::marker_counter markers(cql);
    return markers.least() == least && markers.most() == most;
}
constexpr bool has(std::string_view cql, std::size_t count) {
    return has(cql, count, count);
}

} // namespace

TEST_CASE("Markers are counted outside of quotes and comments") {
    static_assert(detail::count_markers("SELECT * FROM t WHERE a = ? AND b=?") == 2);
    static_assert(detail::count_markers("INSERT INTO t (a) VALUES (:a) USING TTL :ttl") == 2);
    static_assert(detail::count_markers("SELECT '?' , \"?\" -- ?\n, $$ ? $$ /* ? */ // ?\n") == 0);
    static_assert(detail::count_markers("SELECT 'it''s ?', ? ") == 1);
    static_assert(detail::count_markers("INSERT INTO t (m) VALUES ({'a': 1, 'b':2, k:v})") == 0);
    static_assert(detail::count_markers("'unfinished ?") == 0);
    static_assert(detail::count_markers("") == 0);
    static_assert(has("/* ? **/?", 1));
    static_assert(has("? /*/ ? */ ?", 2));
    static_assert(has("? -- ?\r ?", 2)); // a line ends with either, to the servers
    static_assert(has("? --", 1));
    static_assert(has("$$ ' $$ ? $ ? '$$' ?", 3));
    static_assert(has("\"a \"\" ?\" ?", 1));
    static_assert(has("5-?/?", 2));
    CHECK(statement_text<int, int>("? ?").str() == "? ?");
}

TEST_CASE("A colon before a name is a marker wherever a term may stand") {
    static_assert(has("UPDATE t SET c=c+:d WHERE k=:k", 2));
    static_assert(has("SELECT a FROM t LIMIT:n", 1));
    static_assert(has("SELECT a FROM t WHERE l CONTAINS:x ALLOW FILTERING", 1));
    static_assert(has("SELECT a FROM t WHERE k=/* c */:id", 1));
    static_assert(has("SELECT a FROM t WHERE k=-- c\n:id", 1));
    static_assert(has("SELECT (int):x FROM t", 1));
    static_assert(has("SELECT a FROM t WHERE k IN:ks AND c>=:a AND c<:b", 3));
    static_assert(has("SELECT a FROM t WHERE (a,b)>(:a,:b)AND token(k)>token(:k)", 3));
    static_assert(has("SELECT a FROM t WHERE k = : id", 1));
    static_assert(has("SELECT a FROM t WHERE k = :/* name */id", 1));
    static_assert(has("SELECT a FROM t WHERE k = :\"Id\"", 1));
    static_assert(has("UPDATE t SET l[:i]=:v, m[:k]=-:n WHERE k=:k", 5));
    static_assert(has("SELECT m[:a..:b] FROM t", 2));
    static_assert(has("DELETE FROM t USING TIMESTAMP:at WHERE k=:k IF a!=:b", 3));
    static_assert(has("INSERT INTO t JSON:j", 1));
    static_assert(
        has("BEGIN BATCH UPDATE t SET a=:a WHERE k=1;UPDATE t SET a=:b WHERE k=2;APPLY BATCH", 2));
    static_assert(has("INSERT INTO t (k) VALUES (?) USING TTL?", 2));
}

TEST_CASE("A colon in a map or a user-defined type divides, and is a marker where a term begins") {
    static_assert(has("{'k' :true}", 0));
    static_assert(has("{'k':true, k :null, 1:now(), \"k\" :x}", 0));
    static_assert(has("{'k': :v}", 1));
    static_assert(has("{'k'::v, :k:1, :k::v}", 4));
    static_assert(has("{street:?, code::code}", 2));
    static_assert(has("{:a, :b}", 2));
    static_assert(has("{'a': {'b' :x, 'c': :y}, 'd': [:z, (:w)]}", 3));
    static_assert(has("{'a': f(:x)}", 1));
    static_assert(has("[{'a':b}, :c]", 1));
    static_assert(has("{-1:a, 1.:b, 1.5:c, 0xff:d, 1h30m:e}", 0));
    static_assert(has("{d83dff19-8b75-4a2b-96fa-bb0aba4878a8:a}", 0));
    static_assert(has("{[1]:a, {2}:b}", 0));
    static_assert(has("{1 + :a}", 1));
    static_assert(has("{'a' /* c */ :b}", 0));
    static_assert(has("{'a': -- c\n :b}", 1));
    static_assert(has("P0001-02-03T04:05:06", 0));
    static_assert(has("{'a': P0001-02-03T04:05:06}", 0));
    static_assert(
        has("WITH replication = {'class': 'SimpleStrategy', 'replication_factor' :1}", 0));
}

TEST_CASE("Where it is not certain the statement compiles, and the server decides") {
    static_assert(has("{(int):x}", 0, 1));
    static_assert(has("{(1, 2):x, (3, 4)::y}", 1, 2));
    static_assert(has("}:x", 0, 1)); // brackets that do not match
    static_assert(has("{(}:x, ?", 1, 2));
    static_assert(has("{(}:x; {'a' :x}, :y", 1, 2)); // a statement further on in a batch
    CHECK(statement_text<int>("INSERT INTO t (m) VALUES ({(1, 2):x, (3, 4)::y})").str().size() ==
          48);
    CHECK(
        statement_text<int, int>("INSERT INTO t (m) VALUES ({(1, 2):x, (3, 4)::y})").str().size() ==
        48);
    // Deeper than anybody nests.
    static constexpr auto deep = [] {
        std::array<char, 103> cql{};
        for (std::size_t i = 0; i < 100; ++i)
            cql[i] = '{';
        cql[100] = ':';
        cql[101] = 'x';
        cql[102] = '?';
        return cql;
    }();
    static_assert(has(std::string_view(deep.data(), deep.size()), 1, 2));
}

TEST_CASE("Valid literals compile with as many arguments as they have markers") {
    CHECK(statement_text<int>("UPDATE t SET c=c+:d WHERE k=1").str().size() == 29);
    CHECK(statement_text<int>("SELECT a FROM t LIMIT:n").str().size() == 23);
    CHECK(statement_text<int>("SELECT a FROM t WHERE l CONTAINS:x").str().size() == 34);
    CHECK(statement_text<int>("SELECT a FROM t WHERE k=/* c */:id").str().size() == 34);
    CHECK(statement_text<int>("SELECT (int):x FROM t").str().size() == 21);
    CHECK(statement_text<int>("UPDATE t SET m = {'k' :true} WHERE k = ?").str().size() == 40);
    CHECK(statement_text<named_value<int>>("one by name, whatever ? ? :is counted").str().size() ==
          37);
}
