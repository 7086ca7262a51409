// One scripted ScyllaDB whose schema has many tables: see tools/bench/schema/run.

#include "testing/schema_tables.hpp"
#include "testing/scripted_cluster.hpp"
#include "testing/scylla_tables.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <charconv>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace cocql;
using row = std::map<std::string, value>;

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
    {"weight", "regular", -1, "none", "double"},
    {"labels", "regular", -1, "none", "set<text>"},
    {"notes", "regular", -1, "none", "map<text, frozen<list<int>>>"},
    {"place", "regular", -1, "none", "frozen<tuple<double, double>>"},
};

void have_tables(testing::cluster_tables& node, int count) {
    std::vector<row> tables;
    std::vector<row> all_columns;
    std::vector<row> extras;
    for (int i = 0; i < count; ++i) {
        const auto name = "table_" + std::to_string(i);
        const row names{{"keyspace_name", "app"}, {"table_name", name}};
        auto one = testing::scylla_table_defaults();
        one.insert(names.begin(), names.end());
        one.emplace("id", testing::id_of(i + 1));
        tables.push_back(std::move(one));
        for (const auto& each : columns)
            all_columns.push_back(testing::row_of_column("app", name, each.name, each.kind,
                                                         each.position, each.type, each.order));
        extras.push_back(names);
    }
    node.have_rows("system_schema.tables", tables);
    node.have_rows("system_schema.columns", all_columns);
    node.have_rows("system_schema.scylla_tables", extras);
}

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
    cluster.have_keyspace(1, true);
    have_tables(cluster.tables_of(1), tables);
    std::cout << "listening " << cluster.node(1).where().host() << " " << cluster.port << std::endl;
    boost::asio::posix::stream_descriptor input(context, ::dup(STDIN_FILENO));
    std::array<char, 64> ignored{};
    input.async_read_some(boost::asio::buffer(ignored),
                          [&](boost::system::error_code, std::size_t) { context.stop(); });
    context.run();
    return 0;
}
