#include "core/metadata/known_tablets.hpp"

#include <cocql/testing/id_of.hpp>

#include <doctest/doctest.h>

using namespace cocql;
using namespace cocql::testing;
using metadata::known_tablets;
using metadata::schema_snapshot;
using routing::tablet;
using routing::token;

namespace {

tablet whole_ring(int host) {
    tablet all;
    all.after = token::least();
    all.last = token::greatest();
    all.replicas = {{id_of(host), 0}};
    return all;
}

/// A keyspace with tablets and a table in it.
schema_snapshot schema_of(int table_id) {
    schema_snapshot schema;
    schema.keyspaces["ks"].has_tablets = true;
    schema.tables["ks"]["t"].id = id_of(table_id);
    return schema;
}

bool knows(known_tablets& all, const std::string& table = "t") {
    return all.of("ks", table).find(token(0)) != nullptr;
}

} // namespace

TEST_CASE("What is learned of a table's tablets is known as long as the table stays as it is") {
    known_tablets all;
    all.of("ks", "t").put(whole_ring(1));
    CHECK(knows(all));
    CHECK(!knows(all, "other"));
    auto now = schema_of(1);
    now.tables["ks"]["other"].id = id_of(7);
    now.keyspaces["another"].has_tablets = true;
    all.schema_changed(schema_of(1), now);
    CHECK(knows(all));
}

TEST_CASE("Tablets of a table that is gone or was made anew are forgotten, by whoever has them") {
    auto dropped = schema_of(1);
    dropped.tables["ks"].clear();
    auto without = schema_of(1);
    without.keyspaces.clear();
    without.tables.clear();
    for (const auto& now : {schema_of(2), dropped, without}) {
        known_tablets all;
        auto& held = all.of("ks", "t");
        held.put(whole_ring(1));
        all.schema_changed(schema_of(1), now);
        CHECK(held.size() == 0);
        CHECK(!knows(all));
    }
}

TEST_CASE("Tablets of a keyspace that is replicated otherwise are forgotten") {
    known_tablets all;
    all.of("ks", "t").put(whole_ring(1));
    auto now = schema_of(1);
    now.keyspaces["ks"].replication =
        routing::replication::of({{"class", "NetworkTopologyStrategy"}, {"dc", "3"}});
    all.schema_changed(schema_of(1), now);
    CHECK(!knows(all));
}

TEST_CASE("Tablets of a table or a keyspace that was altered in any way are forgotten") {
    const auto kept_after = [](const schema_snapshot& now) {
        known_tablets all;
        all.of("ks", "t").put(whole_ring(1));
        all.schema_changed(schema_of(1), now);
        return knows(all);
    };
    CHECK(kept_after(schema_of(1)));
    auto column = schema_of(1);
    column.tables["ks"]["t"].columns.emplace_back();
    CHECK(!kept_after(column));
    auto leaders = schema_of(1);
    leaders.keyspaces["ks"].has_leaders = true;
    CHECK(!kept_after(leaders));
    auto writes = schema_of(1);
    writes.keyspaces["ks"].durable_writes = false;
    CHECK(!kept_after(writes));
    auto without = schema_of(1);
    without.keyspaces["ks"].has_tablets = false;
    CHECK(!kept_after(without));
    // Another table that has a partitioner of its own is none of its affairs.
    auto other = schema_of(1);
    other.keyspaces["ks"].partitioners.emplace("other", std::nullopt);
    CHECK(kept_after(other));
}

TEST_CASE("A table that is too new to be in the schema keeps what was learned meanwhile") {
    auto before = schema_of(1);
    before.tables["ks"].clear();
    known_tablets all;
    all.of("ks", "t").put(whole_ring(1));
    all.schema_changed(before, before);
    CHECK(knows(all));
    all.schema_changed(before, schema_of(1));
    CHECK(knows(all));
}

TEST_CASE("Tablets with a replica on a host that is gone are forgotten") {
    known_tablets all;
    all.of("ks", "t").put(whole_ring(1));
    all.of("ks", "other").put(whole_ring(2));
    all.forget_host(id_of(1));
    CHECK(!knows(all));
    CHECK(knows(all, "other"));
}

TEST_CASE("Whose tablets they are is known of those that were given") {
    known_tablets all;
    auto& some = all.of("ks", "t");
    auto& others = all.of("ks", "other");
    REQUIRE(all.name_of(some) != nullptr);
    CHECK(*all.name_of(some) == std::pair<std::string, std::string>("ks", "t"));
    CHECK(all.name_of(others)->second == "other");
    known_tablets other_session;
    CHECK(other_session.name_of(some) == nullptr);
}

TEST_CASE("What was known of tablets at one moment is told by tables' names, and stays as it was") {
    known_tablets all;
    const auto of_none = all.snapshot();
    all.of("ks", "t").put(whole_ring(1));
    const auto first = all.snapshot();
    all.of("ks", "other").put(whole_ring(2));
    all.of("another", "t").put(whole_ring(3));
    all.of("ks", "empty");
    const auto second = all.snapshot();
    all.of("ks", "t").put(whole_ring(4));
    all.forget_host(id_of(3));
    const auto host_of = [](const metadata::tablet_snapshot& of, const char* keyspace,
                            const char* table) {
        const auto* const found = of.find(keyspace, table, token(7));
        return found != nullptr ? found->replicas[0].host : uuid();
    };
    CHECK(host_of(of_none, "ks", "t") == uuid());
    CHECK(host_of(first, "ks", "t") == id_of(1));
    CHECK(host_of(first, "ks", "other") == uuid());
    CHECK(host_of(second, "ks", "t") == id_of(1));
    CHECK(host_of(second, "ks", "other") == id_of(2));
    CHECK(host_of(second, "another", "t") == id_of(3));
    CHECK(host_of(second, "ks", "empty") == uuid());
    CHECK(host_of(second, "ks", "tt") == uuid());
    CHECK(host_of(second, "", "") == uuid());
    const auto third = all.snapshot();
    CHECK(host_of(third, "ks", "t") == id_of(4));
    CHECK(host_of(third, "another", "t") == uuid());
    CHECK(host_of(metadata::tablet_snapshot(), "ks", "t") == uuid());
}

TEST_CASE("What one begins with that another knew is neither's to change for the other") {
    known_tablets one;
    one.of("ks", "t").put(whole_ring(1));
    one.of("ks", "other").put(whole_ring(2));
    for (int more = 0; more < 3; ++more) // however old the parts are
        static_cast<void>(one.snapshot());
    known_tablets other;
    other.of("ks", "t").put(whole_ring(7));
    other.of("ks", "own").put(whole_ring(8));
    const auto before = one.snapshot();
    other.adopt(before);
    const auto host_in = [](known_tablets& all, const char* table) {
        const auto* const found = all.of("ks", table).find(token(7));
        return found != nullptr ? found->replicas[0].host : uuid();
    };
    CHECK(host_in(other, "t") == id_of(1));
    CHECK(host_in(other, "other") == id_of(2));
    CHECK(host_in(other, "own") == id_of(8));
    other.of("ks", "t").put(whole_ring(3));
    one.of("ks", "other").put(whole_ring(4));
    CHECK(host_in(one, "t") == id_of(1));
    CHECK(host_in(other, "t") == id_of(3));
    CHECK(host_in(one, "other") == id_of(4));
    CHECK(host_in(other, "other") == id_of(2));
    CHECK(before.find("ks", "t", token(7))->replicas[0].host == id_of(1));
    CHECK(before.find("ks", "other", token(7))->replicas[0].host == id_of(2));
    // The same number of pictures on both sides is no reason to share.
    for (int pictures = 0; pictures < 10; ++pictures) {
        known_tablets third;
        third.adopt(one.snapshot());
        for (int i = 0; i < pictures; ++i)
            static_cast<void>(third.snapshot());
        third.of("ks", "t").put(whole_ring(9));
        CHECK(host_in(one, "t") == id_of(1));
    }
}

TEST_CASE("Tablets that were read are known of the tables that there are, by their ids") {
    const auto read = [] {
        metadata::tablets_by_table tables;
        for (int id = 1; id <= 4; ++id)
            tables[id_of(id)] = {whole_ring(id)};
        return tables;
    };
    auto schema = schema_of(1);
    schema.tables["ks"]["other"].id = id_of(2);
    schema.tables["ks"]["anew"].id = id_of(9); // and the one of this name had id 4
    schema.tables["without"]["t"].id = id_of(3);
    schema.keyspaces["without"].has_tablets = false;
    schema.tables["unknown"]["t"].id = id_of(4);
    known_tablets all;
    CHECK(all.take(read(), schema) == 2);
    CHECK(all.of("ks", "t").find(token(0))->replicas[0].host == id_of(1));
    CHECK(all.of("ks", "other").find(token(0))->replicas[0].host == id_of(2));
    CHECK(!knows(all, "anew"));
    CHECK(all.of("without", "t").size() == 0);
    CHECK(all.of("unknown", "t").size() == 0);
    // Dropped, and read of before that was known.
    auto dropped = schema;
    dropped.tables["ks"].erase("t");
    all.schema_changed(schema, dropped);
    CHECK(!knows(all));
    CHECK(knows(all, "other"));
    CHECK(all.take(read(), dropped) == 0);
    CHECK(!knows(all));
}

TEST_CASE("What an answer has told meanwhile is not replaced by what was read") {
    known_tablets all;
    auto told = whole_ring(7);
    told.after = token(-5);
    told.last = token(5);
    told.version = 3;
    all.of("ks", "t").put(told);
    auto first = whole_ring(1);
    first.last = token(0);
    auto middle = whole_ring(1);
    middle.after = token(0);
    middle.last = token(100);
    auto last = whole_ring(1);
    last.after = token(100);
    CHECK(all.take({{id_of(1), {first, middle, last}}}, schema_of(1)) == 1);
    CHECK(*all.of("ks", "t").find(token(0)) == told);
    CHECK(all.of("ks", "t").find(token(6)) == nullptr);
    CHECK(all.of("ks", "t").find(token(101))->replicas[0].host == id_of(1));
}
