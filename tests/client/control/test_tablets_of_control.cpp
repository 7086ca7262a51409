#include "control_cluster.hpp"
#include "testing/scylla_tables.hpp"

#include <boost/asio/post.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

constexpr const char* tablets_table_name = "system.tablets";

/// A table of so many tablets, in a system.tablets that has others already.
void add_tablets(system_table& of, int table, int count) {
    const auto length = std::numeric_limits<std::uint64_t>::max() / static_cast<unsigned>(count);
    for (int i = 1; i <= count; ++i) {
        const auto from_least = length * static_cast<unsigned>(i);
        const auto last = static_cast<std::int64_t>(from_least ^ std::uint64_t{1} << 63);
        of.add({{"table_id", id_of(table)},
                {"keyspace_name", "ks"},
                {"table_name", "t" + std::to_string(table)},
                {"tablet_count", count},
                {"last_token", value(last)},
                {"replicas",
                 value(value::sequence{value(value::sequence{value(id_of(1)), value(i % 2)})})}});
    }
}

/// Nodes of ScyllaDB with a keyspace that has tablets, and two tables in it.
class tablets_cluster : public cluster {
  public:
    explicit tablets_cluster(int size) : cluster(size, manners::scylla) {
        settings.reads_tablets = true;
        settings.reconnection = policy::backoff(1s, 1s);
        for (auto& each : tables) {
            each.at("system_schema.keyspaces").add({{"keyspace_name", "ks"}});
            each.at("system_schema.scylla_keyspaces")
                .add({{"keyspace_name", "ks"}, {"initial_tablets", 8}});
            each.put(tablets_table_name, scylla_tablets_table());
            add_tablets(each.at(tablets_table_name), 1, 8);
            add_tablets(each.at(tablets_table_name), 2, 5);
        }
    }
    /// What a node answers to whoever reads where tablets are; nothing: as it has them.
    void on_reading(std::function<std::optional<node_reply>(std::size_t node)> answer) {
        for (std::size_t i = 0; i < nodes.size(); ++i)
            nodes[i]->options().answer_request = [this, i, answer](const node_request& request) {
                if (cluster_tables::table_of(request.cql) == tablets_table_name)
                    if (auto reply = answer(i))
                        return std::optional(std::move(*reply));
                return tables[i].answer(request);
            };
    }
    std::size_t tablet_readings() const { return readings(tablets_table_name); }
    bool has_found_all() const {
        return heard.tablets.size() == 1 && heard.tablets[0].size() == 2 &&
               heard.tablets[0].at(id_of(1)).size() == 8 &&
               heard.tablets[0].at(id_of(2)).size() == 5;
    }
};

node_reply refusal(server_error_code code) {
    return error_of(server_error{code, "no", {}});
}

} // namespace

TEST_CASE("It reads where tablets are after the picture, page by page, and once") {
    tablets_cluster all(2);
    for (auto& each : all.tables)
        each.rows_per_page = 3;
    all.open();
    CHECK(all.heard.pictures.size() == 1);
    all.until([&] { return !all.heard.tablets.empty(); });
    CHECK(all.has_found_all());
    CHECK(all.tablet_readings() == 5);
    CHECK(all.heard.warnings.empty());
    for (const auto& each : all.serving().statements())
        CHECK(each.ends_with(" USING TIMEOUT 30000ms"));
    all.advance(2s);
    all.serving().tell(new_table);
    all.settle();
    all.clock.advance(1s);
    all.until([&] { return all.heard.pictures.size() == 2; });
    all.serving().drop_connections();
    all.until([&] { return all.heard.connected.size() == 2; });
    all.settle();
    CHECK(all.heard.pictures.size() == 3);
    CHECK(all.heard.tablets.size() == 1);
    CHECK(all.tablet_readings() == 5);
    all.close();
}

TEST_CASE("It does not read where tablets are where there are none, or nobody wants to know") {
    tablets_cluster without(1);
    const std::map<std::string, value> keyspace{{"keyspace_name", "ks"}};
    without.tables[0].have_rows("system_schema.scylla_keyspaces", {keyspace});
    without.open();
    without.settle();
    REQUIRE(without.heard.tablets.size() == 1);
    CHECK(without.heard.tablets[0].empty());
    CHECK(without.tablet_readings() == 0);
    without.close();

    cluster cassandra(1);
    cassandra.settings.reads_tablets = true;
    cassandra.open();
    cassandra.settle();
    CHECK(cassandra.heard.tablets.size() == 1);
    CHECK(cassandra.readings(tablets_table_name) == 0);
    cassandra.close();

    tablets_cluster unasked(1);
    unasked.settings.reads_tablets = false;
    unasked.open();
    unasked.settle();
    CHECK(unasked.heard.tablets.empty());
    CHECK(unasked.tablet_readings() == 0);
    unasked.close();
}

TEST_CASE("Where it cannot be read where tablets are there is one warning, and the connection "
          "serves on") {
    static constexpr std::byte same[]{std::byte{7}};
    const std::vector<node_reply> answers{
        refusal(server_error_code::invalid), refusal(server_error_code::unauthorized),
        refusal(server_error_code::server_error),
        with_more(rows_of(scylla_tablets_table().columns(), {}), same) // a page that follows itself
    };
    for (const auto& answer : answers) {
        tablets_cluster all(2);
        all.on_reading([&](std::size_t) { return std::optional(answer); });
        all.open();
        all.until([&] { return !all.heard.tablets.empty(); });
        CHECK(all.heard.tablets[0].empty());
        REQUIRE(all.heard.warnings.size() == 1);
        CHECK(all.heard.warnings[0].starts_with("where tablets are could not be read: "));
        all.advance(2s);
        all.serving().tell(new_table);
        all.settle();
        all.clock.advance(1s);
        all.until([&] { return all.heard.pictures.size() == 2; });
        CHECK(all.heard.lost.empty());
        CHECK(all.heard.tablets.size() == 1);
        all.close();
        CHECK(all.heard.warnings.size() == 1);
    }
}

TEST_CASE("A node that does not say where tablets are is not waited for without end") {
    tablets_cluster all(1);
    all.settings.patience = 1s;
    all.nodes[0]->options().silent_statement = "SELECT * FROM system.tablets";
    all.open();
    all.until([&] { return all.tablet_readings() == 1; });
    all.settle();
    CHECK(all.heard.tablets.empty());
    all.clock.advance(all.settings.patience + 1s); // and what an answer takes to come
    all.until([&] { return !all.heard.tablets.empty(); });
    CHECK(all.heard.tablets[0].empty());
    CHECK(all.heard.warnings.size() == 1);
    CHECK(all.heard.lost.empty());
    all.close();
}

TEST_CASE("Tables that are left out of where tablets are are told in one warning") {
    tablets_cluster all(1);
    for (const int table : {3, 4})
        all.tables[0]
            .at(tablets_table_name)
            .add({{"table_id", id_of(table)}, {"last_token", value(std::int64_t{1})}});
    all.open();
    all.until([&] { return !all.heard.tablets.empty(); });
    CHECK(all.has_found_all());
    REQUIRE(all.heard.warnings.size() == 1);
    CHECK(all.heard.warnings[0].find(id_of(3).to_string()) != std::string::npos);
    CHECK(all.heard.warnings[0].ends_with(", and 1 more"));
    all.close();
}

TEST_CASE("Where the node is lost that is asked where tablets are another one is") {
    tablets_cluster all(2);
    all.nodes[0]->options().silent_statement = "SELECT * FROM system.tablets";
    all.open();
    all.until([&] { return all.tablet_readings() == 1; });
    CHECK(all.heard.tablets.empty());
    all.advance(2s); // so that the next one is looked for at once
    all.nodes[0]->drop_connections();
    all.until([&] { return !all.heard.tablets.empty(); });
    CHECK(all.has_found_all());
    CHECK(all.tablet_readings() == 2);
    CHECK(all.heard.connected.back() == all.nodes[1]->where());
    CHECK(all.heard.lost.size() == 1);
    CHECK(all.heard.warnings.empty());
    all.close();
}

TEST_CASE("Where each node that is asked where tablets are is lost the third is the last") {
    tablets_cluster all(2);
    std::size_t readings = 0;
    all.on_reading([&](std::size_t node) {
        ++readings;
        asio::post(all.context, [&all, node] { all.nodes[node]->drop_connections(); });
        return std::optional<node_reply>();
    });
    for (auto& each : all.nodes)
        each->options().delay = [](const std::string& cql) {
            return cql.starts_with("SELECT * FROM system.tablets") ? 1h : 0h;
        };
    all.begin();
    while (all.heard.tablets.empty()) {
        all.settle();
        all.clock.advance(2s);
        all.until(
            [&] { return readings == all.heard.lost.size() + 1 || !all.heard.tablets.empty(); });
    }
    CHECK(readings == 3);
    CHECK(all.heard.tablets[0].empty());
    REQUIRE(all.heard.warnings.size() == 1);
    CHECK(all.heard.warnings[0].starts_with("where tablets are could not be read: "));
    all.clock.advance(2s);
    all.until([&] { return all.heard.connected.size() == 4; });
    all.settle();
    CHECK(readings == 3);
    CHECK(all.heard.lost.size() == 3);
    all.close();
}

TEST_CASE("It is not waited for nodes without end that nobody can reach any more") {
    tablets_cluster all(1);
    all.nodes[0]->options().silent_statement = "SELECT * FROM system.tablets";
    all.open();
    all.until([&] { return all.tablet_readings() == 1; });
    all.nodes[0]->stop();
    while (all.heard.tablets.empty()) {
        all.settle();
        all.clock.advance(2s);
    }
    CHECK(all.heard.tablets[0].empty());
    CHECK(all.heard.warnings.size() == 1);
    all.close();
}

TEST_CASE("It is closed at every moment while it is read where tablets are, and leaves nothing") {
    for (std::size_t turns = 0; turns < 40; ++turns) {
        CAPTURE(turns);
        const bool silent = turns % 2 != 0;
        const auto before = descriptors();
        {
            tablets_cluster all(1);
            if (silent)
                all.nodes[0]->options().silent_statement = "SELECT * FROM system.tablets";
            all.open();
            for (std::size_t i = 0; i < turns; ++i)
                all.context.poll_one();
            all.close();
            CHECK(all.heard.warnings.empty());
            CHECK(all.heard.tablets.size() <= (silent ? 0u : 1u));
        }
        CHECK(descriptors() == before);
    }
}
