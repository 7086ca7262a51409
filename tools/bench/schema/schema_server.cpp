// One scripted ScyllaDB whose schema has many tables, in ten keyspaces, with
// user-defined types, indexes and views: see tools/bench/schema/run.

#include "testing/schema_tables.hpp"
#include "testing/scylla_tables.hpp"

#include <cocql/testing/scripted_cluster.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace cocql;
using row = std::map<std::string, value>;

constexpr int keyspaces = 10;   ///< among which the tables are shared out
constexpr int every_index = 10; ///< so many tables for each that has an index
constexpr int every_view = 20;  ///< and for each that has a view

/// What each table is made of: name, kind, place in the key, order and type.
struct shape {
    const char* name;
    const char* kind;
    int position;
    const char* order;
    const char* type;
};
constexpr shape columns[] = {
    {"customer", "partition_key", 0, "none", "uuid"},
    {"month", "partition_key", 1, "none", "int"},
    {"at", "clustering", 0, "desc", "timeuuid"},
    {"line", "clustering", 1, "asc", "smallint"},
    {"article", "regular", -1, "none", "text"},
    {"amount", "regular", -1, "none", "decimal"},
    {"paid", "regular", -1, "none", "boolean"},
    {"seen", "regular", -1, "none", "timestamp"},
    {"labels", "regular", -1, "none", "set<text>"},
    {"notes", "regular", -1, "none", "map<text, frozen<list<int>>>"},
    {"place", "regular", -1, "none", "frozen<tuple<double, double>>"},
    {"shipped_to", "regular", -1, "none", "frozen<person>"},
};

uuid numbered(int number) {
    auto id = testing::id_of(number);
    id.bytes[14] = static_cast<std::byte>(number / 256);
    return id;
}

value texts(std::initializer_list<const char*> all) {
    value::sequence made;
    for (const auto* each : all)
        made.emplace_back(each);
    return made;
}

/// The rows of system_schema, table by table.
class schema_rows {
  public:
    explicit schema_rows(int tables) {
        for (int i = 0; i < std::min(tables, keyspaces); ++i)
            add_keyspace("app_" + std::to_string(i));
        for (int i = 0; i < tables; ++i)
            add_table("app_" + std::to_string(i % keyspaces), i);
    }

    void put_into(testing::cluster_tables& node) const {
        for (const auto& [name, all] : rows_)
            node.have_rows("system_schema." + name, all);
    }

  private:
    void add_keyspace(const std::string& name) {
        const value replication(value::mapping{
            {value("class"), value("org.apache.cassandra.locator.NetworkTopologyStrategy")},
            {value("dc1"), value("1")}});
        rows_["keyspaces"].push_back(
            {{"keyspace_name", name}, {"durable_writes", true}, {"replication", replication}});
        rows_["types"].push_back({{"keyspace_name", name},
                                  {"type_name", "address"},
                                  {"field_names", texts({"street", "town", "code"})},
                                  {"field_types", texts({"text", "text", "int"})}});
        rows_["types"].push_back(
            {{"keyspace_name", name},
             {"type_name", "person"},
             {"field_names", texts({"name", "addresses"})},
             {"field_types", texts({"text", "frozen<list<frozen<address>>>"})}});
    }
    void add_table(const std::string& keyspace, int number) {
        const auto name = "table_" + std::to_string(number);
        auto one = testing::scylla_table_defaults();
        one.merge(row{{"keyspace_name", keyspace}, {"table_name", name}, {"id", numbered(number)}});
        rows_["tables"].push_back(std::move(one));
        add_columns(keyspace, name);
        if (number % every_index == 0)
            rows_["indexes"].push_back(
                {{"keyspace_name", keyspace},
                 {"table_name", name},
                 {"index_name", name + "_by_article"},
                 {"kind", "COMPOSITES"},
                 {"options", value::mapping{{value("target"), value("article")}}}});
        if (number % every_view == 0)
            add_view(keyspace, name, number);
    }
    void add_view(const std::string& keyspace, const std::string& of, int number) {
        const auto name = of + "_view";
        auto one = testing::scylla_table_defaults();
        one.merge(row{{"keyspace_name", keyspace},
                      {"view_name", name},
                      {"base_table_id", numbered(number)},
                      {"base_table_name", of},
                      {"id", numbered(40'000 + number)},
                      {"include_all_columns", true},
                      {"where_clause", "line IS NOT NULL"}});
        rows_["views"].push_back(std::move(one));
        add_columns(keyspace, name);
    }
    void add_columns(const std::string& keyspace, const std::string& table) {
        for (const auto& each : columns)
            rows_["columns"].push_back(testing::row_of_column(
                keyspace, table, each.name, each.kind, each.position, each.type, each.order));
        rows_["scylla_tables"].push_back({{"keyspace_name", keyspace}, {"table_name", table}});
    }

    std::map<std::string, std::vector<row>> rows_;
};

/// What each statement was answered is answered again: the node is to cost little beside its
/// clients.
class canned_answers {
  public:
    explicit canned_answers(testing::node_options& of) : make_(of.answer_request) {
        of.answer_request = [this](const testing::node_request& asked) { return answer(asked); };
    }

  private:
    std::optional<testing::node_reply> answer(const testing::node_request& asked) {
        if (!asked.values.empty() || !testing::cluster_tables::asks_system(asked.cql))
            return make_(asked);
        const auto key = std::pair(asked.cql, asked.knows_rows);
        const auto found = known_.find(key);
        return found != known_.end() ? found->second : known_[key] = make_(asked);
    }

    std::function<std::optional<testing::node_reply>(const testing::node_request&)> make_;
    std::map<std::pair<std::string, bool>, std::optional<testing::node_reply>> known_;
};

} // namespace

int main(int count, char** words) {
    int tables = -1;
    const std::string_view text = count == 2 ? words[1] : "";
    const auto read = std::from_chars(text.data(), text.data() + text.size(), tables);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || tables < 0) {
        std::cerr << "usage: schema_server TABLES\n"
                     "Says where it listens, and ends when its standard input does.\n";
        return 2;
    }
    boost::asio::io_context context(1);
    testing::cluster_settings settings;
    settings.shards = 1;
    testing::scripted_cluster cluster(context, settings);
    cluster.ring_size = 1;
    cluster.know_all();
    const schema_rows rows(tables);
    rows.put_into(cluster.tables_of(1));
    canned_answers answers(cluster.node(1).options());
    canned_answers at_shards(cluster.by_source.front()->options());
    std::cout << "listening " << cluster.node(1).where().host() << " " << cluster.port << std::endl;
    boost::asio::posix::stream_descriptor input(context, ::dup(STDIN_FILENO));
    std::array<char, 64> ignored{};
    input.async_read_some(boost::asio::buffer(ignored),
                          [&](boost::system::error_code, std::size_t) { context.stop(); });
    context.run();
    return 0;
}
