#include "testing/system_select.hpp"

#include <doctest/doctest.h>

using cocql::testing::system_select;
using texts = std::vector<std::string>;

TEST_CASE("A SELECT of system tables is read as each driver writes it") {
    const auto all = system_select::parse("SELECT * FROM system.local WHERE key='local'");
    REQUIRE(all);
    CHECK(all->table == "system.local");
    CHECK(all->columns.empty());
    REQUIRE(all->conditions.size() == 1);
    CHECK(all->conditions[0].column == "key");
    CHECK(all->conditions[0].text == "local");

    const auto some = system_select::parse("\n\t\tselect a, \"B\",c\n\tFrom system_schema.tables\n"
                                           "WHERE keyspace_name = ? AND table_name = 'it''s' "
                                           "USING TIMEOUT 500ms");
    REQUIRE(some);
    CHECK(some->table == "system_schema.tables");
    CHECK(some->columns == texts{"a", "B", "c"});
    REQUIRE(some->conditions.size() == 2);
    CHECK(!some->conditions[0].text);
    CHECK(some->conditions[1].column == "table_name");
    CHECK(some->conditions[1].text == "it's");
}

TEST_CASE("What is no SELECT of columns, or has conditions of another kind, is not taken for one") {
    for (const auto* cql :
         {"", "SELECT", "SELECT * FROM", "INSERT INTO t (k) VALUES (?)", "SELECT count(*) FROM t",
          "SELECT a b FROM t", "SELECT * FROM t WHERE", "SELECT * FROM t WHERE k IN ?",
          "SELECT * FROM t WHERE k = 'open", "SELECT * FROM t WHERE k = 1 AND"}) {
        INFO(cql);
        CHECK(!system_select::parse(cql));
    }
}
