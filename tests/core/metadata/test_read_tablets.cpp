#include "core/metadata/read_tablets.hpp"
#include "testing/host_tables.hpp"
#include "testing/page_of_table.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace cocql;
using namespace cocql::testing;
using metadata::tablet_reader;
using metadata::tablets_read;
using routing::tablet;
using routing::token;

namespace {

constexpr auto end_of_ring = std::numeric_limits<std::int64_t>::max();

using row = std::map<std::string, value>;
using hosts_and_shards = std::vector<std::pair<int, int>>;

value replicas(const hosts_and_shards& where) {
    value::sequence all;
    for (const auto& [host, shard] : where)
        all.emplace_back(value::sequence{value(id_of(host)), value(shard)});
    return value(std::move(all));
}

/// A row of a table with its number as id and a tablet that ends with this token.
row tablet_row(int table, int count, std::int64_t last, const hosts_and_shards& where) {
    return {{"table_id", id_of(table)}, {"keyspace_name", "ks"},     {"table_name", "t"},
            {"tablet_count", count},    {"last_token", value(last)}, {"replicas", replicas(where)}};
}

/// Of one whose tablets are another's.
row base_row(int table, int base) {
    return {{"table_id", id_of(table)}, {"base_table", id_of(base)}};
}

page page_of(const std::vector<row>& rows) {
    auto table = tablets_table();
    for (const auto& each : rows)
        table.add(each);
    return page_of_table(table);
}

tablets_read told_in(const std::vector<std::vector<row>>& pages, std::size_t most = 1'000) {
    tablet_reader reader(most);
    for (const auto& each : pages)
        if (!reader.add(page_of(each)))
            break;
    return reader.finish();
}

tablet stretch(std::int64_t after, std::int64_t last, const hosts_and_shards& where) {
    tablet made;
    made.after = token(after);
    made.last = token(last);
    for (const auto& [host, shard] : where)
        made.replicas.push_back({id_of(host), static_cast<std::uint32_t>(shard)});
    return made;
}

const std::vector<tablet> two_tablets{stretch(token::least().value(), -1, {{1, 3}, {2, 0}}),
                                      stretch(-1, end_of_ring, {{2, 1}})};

std::vector<row> two_rows(int table) {
    return {tablet_row(table, 2, -1, {{1, 3}, {2, 0}}),
            tablet_row(table, 2, end_of_ring, {{2, 1}})};
}

} // namespace

TEST_CASE("Where tablets are is read of the rows of their tables, from one end of the ring to the "
          "other") {
    auto rows = two_rows(1);
    rows.push_back(tablet_row(2, 1, end_of_ring, {{3, 0}}));
    const auto found = told_in({rows});
    CHECK(found.left_out.empty());
    REQUIRE(found.tables.size() == 2);
    CHECK(found.tables.at(id_of(1)) == two_tablets);
    CHECK(found.tables.at(id_of(2)) ==
          std::vector{stretch(token::least().value(), end_of_ring, {{3, 0}})});
    for (const auto& each : found.tables.at(id_of(1)))
        CHECK(!each.version);
    CHECK(found.tables.at(id_of(1))[0].has(token::least()));
}

TEST_CASE("A table's rows may come in several pages, and other tables' between them") {
    const auto rows = two_rows(1);
    const auto others = two_rows(2);
    const auto found = told_in({{rows[0]}, {}, {others[0]}, {rows[1], others[1]}});
    CHECK(found.left_out.empty());
    CHECK(found.tables.at(id_of(1)) == two_tablets);
    CHECK(found.tables.at(id_of(2)) == two_tablets);
}

TEST_CASE("A table that is kept together with another has its tablets, wherever its row stands") {
    const auto rows = two_rows(5);
    const auto found = told_in({{base_row(1, 5), rows[0], rows[1], base_row(9, 5)}});
    CHECK(found.left_out.empty());
    CHECK(found.tables.size() == 3);
    for (const int each : {1, 5, 9})
        CHECK(found.tables.at(id_of(each)) == two_tablets);
}

TEST_CASE("Of a base that there is not, or that has one itself, nothing is known") {
    auto rows = two_rows(5);
    rows.push_back(base_row(1, 4));
    rows.push_back(base_row(2, 2));
    rows.push_back(base_row(3, 6));
    rows.push_back(base_row(6, 5));
    for (auto each : two_rows(7)) {
        each.emplace("base_table", id_of(5));
        rows.push_back(each);
    }
    rows.push_back(base_row(8, 7));
    const auto found = told_in({rows});
    CHECK(found.left_out.empty());
    CHECK(found.tables.size() == 3);
    for (const int each : {5, 6, 7})
        CHECK(found.tables.contains(id_of(each)));
}

TEST_CASE("A table that has no tablets has a row of its own, and none is known") {
    const auto found = told_in({{{{"table_id", id_of(1)}, {"tablet_count", 0}}}});
    CHECK(found.tables.empty());
    CHECK(found.left_out.empty());
}

TEST_CASE("A table whose rows make no sense is left out as a whole, and others are not") {
    struct wrong_row {
        std::string column;
        value cell; ///< null: it has none
    };
    const std::vector<wrong_row> all{
        {"tablet_count", value()},
        {"tablet_count", value(3)},
        {"last_token", value(token::least().value())},
        {"replicas", value()},
        {"replicas", replicas({})},
        {"replicas", replicas({{1, 0}, {2, -1}})},
        {"replicas", value(value::sequence{value(value::sequence{value(id_of(1)), value()})})},
        {"replicas", value(value::sequence{value(value::sequence{value(), value(1)})})},
    };
    for (const auto& each : all)
        for (const std::size_t which : {0u, 1u}) {
            CAPTURE(each.column);
            CAPTURE(which);
            auto rows = two_rows(1);
            rows[which].insert_or_assign(each.column, each.cell);
            if (each.cell.is_null())
                rows[which].erase(each.column);
            rows.push_back(tablet_row(2, 1, end_of_ring, {{3, 0}}));
            const auto found = told_in({rows});
            CHECK(found.tables.size() == 1);
            CHECK(found.tables.contains(id_of(2)));
            CHECK(found.left_out.starts_with("ks.t has ") !=
                  found.left_out.starts_with("ks.t does "));
        }
}

TEST_CASE("A table with other tablets than it says is being changed, and left out") {
    // One of two tablets; split between two pages; tokens that come again.
    const std::vector<std::vector<row>> all{
        {two_rows(1)[1]},
        {tablet_row(1, 2, -1, {{1, 0}}), tablet_row(1, 4, 100, {{1, 0}}),
         tablet_row(1, 4, end_of_ring, {{1, 0}})},
        {tablet_row(1, 2, -1, {{1, 0}}), tablet_row(1, 2, -1, {{1, 0}})},
        {tablet_row(1, 2, end_of_ring, {{1, 0}}), tablet_row(1, 2, -1, {{1, 0}})},
    };
    for (const auto& rows : all) {
        auto with_another = rows;
        with_another.push_back(base_row(2, 1));
        const auto found = told_in({with_another});
        CHECK(found.tables.empty());
        CHECK(!found.left_out.empty());
    }
}

TEST_CASE("It is said which table is left out first, and how many more") {
    row unnamed = tablet_row(2, 7, end_of_ring, {{3, 0}});
    unnamed.erase("table_name");
    const auto two = told_in({{tablet_row(1, 7, 0, {{1, 0}}), unnamed, {{"keyspace_name", "ks"}}}});
    CHECK(two.left_out == "a row lacks table_id, and 2 more");
    const auto one = told_in({{unnamed}});
    CHECK(one.left_out ==
          id_of(2).to_string() + " has other tablets than it says: they are being changed");
}

TEST_CASE("No more rows are read than may be, and a table that is not whole then is left out") {
    const auto rows = two_rows(1);
    const auto others = two_rows(2);
    const std::vector<std::vector<row>> pages{{rows[0], rows[1]}, {others[0]}, {others[1]}};
    CHECK(told_in(pages, 4).left_out.empty());
    CHECK(told_in(pages, 4).tables.size() == 2);
    const auto found = told_in(pages, 3);
    CHECK(found.tables.size() == 1);
    CHECK(found.tables.at(id_of(1)) == two_tablets);
    CHECK(found.left_out ==
          "ks.t has other tablets than it says: they are being changed; there are too many");
    CHECK(told_in({rows}, 1).left_out == "there are too many");

    tablet_reader endless(10);
    int pages_read = 0;
    while (endless.add(page_of({})))
        ++pages_read;
    CHECK(pages_read == 10);
    CHECK(!endless.add(page_of({}))); // and none after that, how ever short it is
}

TEST_CASE("Tables that are kept together have no more tablets in all than may be read, either") {
    auto rows = two_rows(1);
    for (int i = 2; i < 10; ++i)
        rows.push_back(base_row(i, 1));
    CHECK(told_in({rows}, 26).tables.size() == 9);
    CHECK(told_in({rows}, 26).left_out.empty());
    const auto found = told_in({rows}, 15);
    CHECK(found.tables.size() == 3);
    CHECK(found.left_out == "there are too many");
}

TEST_CASE("Rows of other columns, or of other types, tell nothing") {
    using enum data_type::kind;
    system_table other("tablets", {{"table_id", data_type::kind::text}, {"last_token", int_}});
    other.add({{"table_id", "t"}, {"last_token", 7}});
    tablet_reader reader(10);
    CHECK(reader.add(page_of_table(other)));
    system_table typed("tablets", {{"table_id", data_type::kind::uuid},
                                   {"tablet_count", int_},
                                   {"last_token", bigint},
                                   {"replicas", data_type::list(data_type::kind::uuid)}});
    typed.add({{"table_id", id_of(1)},
               {"tablet_count", 1},
               {"last_token", value(end_of_ring)},
               {"replicas", value(value::sequence{value(id_of(1))})}});
    CHECK(reader.add(page_of_table(typed)));
    const auto found = reader.finish();
    CHECK(found.tables.empty());
    CHECK(found.left_out == "a row lacks table_id, and 1 more");
}

TEST_CASE("A row whose cells are cut short at any byte tells nothing that is wrong") {
    const auto columns = tablets_table().columns();
    message::cell_writer cells;
    for (const auto& column : columns) {
        const auto wanted = tablet_row(1, 1, end_of_ring, {{1, 3}, {2, 0}});
        const auto cell = wanted.find(column.name);
        if (cell == wanted.end()) {
            cells.add(std::nullopt);
            continue;
        }
        std::vector<std::byte> bytes;
        encode(column.type, cell->second, bytes).value();
        cells.add(bytes);
    }
    const std::vector<std::byte> whole(cells.cells().begin(), cells.cells().end());
    const auto told = [&](std::span<const std::byte> content) -> std::optional<tablets_read> {
        const auto page = try_page_of(columns, 1, content);
        if (!page)
            return std::nullopt;
        tablet_reader reader(10);
        CHECK(reader.add(*page));
        return reader.finish();
    };
    REQUIRE(told(whole).has_value());
    CHECK(told(whole)->tables.at(id_of(1)) ==
          std::vector{stretch(token::least().value(), end_of_ring, {{1, 3}, {2, 0}})});
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK(!told(std::span(whole).first(size)).has_value());
    // And with any byte another one: a table of no tablets, or one of what a tablet can be.
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (const auto bits : {0x01, 0x80, 0xff}) {
            auto changed = whole;
            changed[at] ^= static_cast<std::byte>(bits);
            if (const auto found = told(changed))
                for (const auto& [id, tablets] : found->tables) {
                    CHECK(tablets.size() == 1);
                    CHECK(tablets[0].after < tablets[0].last);
                    CHECK(!tablets[0].replicas.empty());
                }
        }
}
