#include "core/metadata/statement_cache.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using metadata::statement_cache;

namespace {

prepared_statement of_text(const std::string& cql) {
    prepared_statement::parts parts;
    parts.cql = cql;
    return prepared_statement(std::move(parts));
}

} // namespace

TEST_CASE("A statement is remembered by its text and the keyspace that it was prepared in") {
    statement_cache known(10);
    CHECK(!known.find("", "SELECT 1"));
    const auto here = of_text("SELECT 1");
    const auto there = of_text("SELECT 1");
    known.put("", here);
    known.put("ks", there);
    CHECK(known.find("", "SELECT 1").content() == here.content());
    CHECK(known.find("ks", "SELECT 1").content() == there.content());
    CHECK(!known.find("other", "SELECT 1"));
    CHECK(!known.find("", "SELECT 2"));
    CHECK(known.size() == 2);
}

TEST_CASE("Those of one keyspace are forgotten without the others") {
    statement_cache known(10);
    for (const auto* const each : {"a", "b", "c"}) {
        known.put("", of_text(each));
        known.put("ks", of_text(each));
    }
    known.forget_all_in("");
    CHECK(known.size() == 3);
    for (const auto* const each : {"a", "b", "c"}) {
        CHECK(!known.find("", each));
        CHECK(known.find("ks", each));
    }
    known.forget_all_in("other");
    CHECK(known.size() == 3);
}

TEST_CASE("Where there are too many the one that was not asked for longest is forgotten") {
    statement_cache known(3);
    for (const auto* const each : {"a", "b", "c"})
        known.put("", of_text(each));
    CHECK(known.find("", "a"));
    known.put("", of_text("d"));
    CHECK(!known.find("", "b"));
    CHECK(known.find("", "a"));
    CHECK(known.find("", "c"));
    CHECK(known.find("", "d"));
    CHECK(known.size() == 3);
}

TEST_CASE("What was prepared again takes the place of what was known") {
    statement_cache known(2);
    known.put("", of_text("a"));
    const auto again = of_text("a");
    known.put("", again);
    CHECK(known.size() == 1);
    CHECK(known.find("", "a").content() == again.content());
    known.put("", of_text("b"));
    known.put("", of_text("a"));
    known.put("", of_text("c"));
    CHECK(!known.find("", "b"));
    CHECK(known.find("", "a"));
}

TEST_CASE("Nothing is remembered where there is no room at all") {
    statement_cache known(0);
    known.put("", of_text("a"));
    known.put("", of_text("a"));
    CHECK(known.size() == 0);
    CHECK(!known.find("", "a"));
}

TEST_CASE("A statement is forgotten by its text, or because of what it is") {
    statement_cache known(10);
    for (const auto* const each : {"a", "b", "c"})
        known.put("", of_text(each));
    known.put("ks", of_text("a"));
    known.forget("", "a");
    known.forget("", "unknown");
    CHECK(!known.find("", "a"));
    CHECK(known.find("ks", "a"));
    known.forget_if([](const prepared_statement& each) { return each.cql() != "b"; });
    CHECK(known.size() == 1);
    CHECK(known.find("", "b"));
}
