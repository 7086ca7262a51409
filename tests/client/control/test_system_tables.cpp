#include "../node.hpp"
#include "client/control/system_tables.hpp"
#include "testing/host_tables.hpp"
#include "testing/schema_tables.hpp"

#include <cocql/testing/cluster_tables.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using client::system_tables;
using testing::manners;

namespace {

/// A node, and what is read of its tables.
class reading {
  public:
    explicit reading(manners like = manners::cassandra)
        : tables(like), node(context, tables.options()) {}

    /// Does something with a connection to it, and ends.
    template <class Work>
    void with(Work work) {
        run(context, [](reading& self, Work work) -> asio::awaitable<void> {
            auto connection = co_await connection::open(self.node.where());
            system_tables read(connection, 10s);
            co_await work(read);
            co_await connection.close();
            self.node.stop();
        }(*this, std::move(work)));
    }
    result<system_tables::topology> topology() {
        std::optional<result<system_tables::topology>> found;
        with([&](system_tables& read) -> asio::awaitable<void> {
            found.emplace(co_await read.read_topology());
        });
        return *found;
    }
    result<system_tables::schema> schema() {
        std::optional<result<system_tables::schema>> found;
        with([&](system_tables& read) -> asio::awaitable<void> {
            found.emplace(co_await read.read_schema());
        });
        return *found;
    }
    bool was_asked(const std::string& text) const {
        return std::ranges::any_of(
            node.statements(), [&](const std::string& cql) { return cql.find(text) != cql.npos; });
    }

    asio::io_context context{1};
    cluster_tables tables;
    testing::scripted_node node;
};

system_table table_rows(const std::vector<std::string>& names) {
    auto table = tables_table();
    for (std::size_t i = 0; i < names.size(); ++i)
        table.add({{"keyspace_name", "ks"},
                   {"table_name", names[i]},
                   {"id", id_of(static_cast<int>(i))}});
    return table;
}
void add_column(system_table& table, const std::string& of, const std::string& name,
                const std::string& kind, int position, const std::string& type) {
    table.add({{"keyspace_name", "ks"},
               {"table_name", of},
               {"column_name", name},
               {"clustering_order", "none"},
               {"kind", kind},
               {"position", position},
               {"type", type}});
}

std::string port_of(const reading& read) {
    return std::to_string(read.node.port());
}

} // namespace

TEST_CASE("A cluster's nodes are read of one of them, with the ports that Cassandra says") {
    reading read;
    read.tables.have_nodes(1, {2, 3}, read.node.port());
    read.tables.at("system.peers_v2")
        .add({{"peer", address_of("127.0.0.4")},
              {"data_center", "dc1"},
              {"host_id", id_of(4)},
              {"rack", "r1"},
              {"native_address", address_of("127.0.0.4")},
              {"native_port", 9342}});
    const auto found = read.topology().value();
    REQUIRE(found.hosts->hosts().size() == 4);
    CHECK(found.hosts->cluster_name() == "test cluster");
    CHECK(found.hosts->find(id_of(2))->address == address_of("127.0.0.2"));
    for (const auto& each : found.hosts->hosts())
        CHECK(each.port == (each.id == id_of(4) ? 9342 : read.node.port()));
    CHECK(found.skipped.empty());
    CHECK(!read.was_asked("USING TIMEOUT"));
}

TEST_CASE(
    "Where nodes tell their plain ports, and were reached at another, that is where they are") {
    reading read;
    read.tables.have_nodes(1, {2, 3}, 9042); // as they do that have another port for TLS
    const auto found = read.topology().value();
    REQUIRE(found.hosts->hosts().size() == 3);
    for (const auto& each : found.hosts->hosts())
        CHECK(each.port == read.node.port());
}

TEST_CASE("A server without peers_v2 is asked for peers, and no more for the other") {
    reading read;
    read.tables.have_nodes(1, {2, 3});
    read.tables.remove("system.peers_v2");
    read.with([&](system_tables& tables) -> asio::awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            const auto found = co_await tables.read_topology();
            REQUIRE(found.has_value());
            CHECK(found->hosts->hosts().size() == 3);
            CHECK(std::to_string(found->hosts->find(id_of(3))->port) == port_of(read));
        }
    });
    CHECK(std::ranges::count(read.node.statements(), "SELECT * FROM system.peers_v2") == 1);
}

TEST_CASE("ScyllaDB is asked for what it has, and told how long that may take") {
    reading read(manners::scylla);
    read.tables.have_nodes(1, {2});
    read.tables.at("system_schema.keyspaces").add({{"keyspace_name", "ks"}});
    read.tables.at("system_schema.scylla_keyspaces")
        .add({{"keyspace_name", "ks"}, {"initial_tablets", 0}, {"consistency", "global"}});
    read.tables.at("system_schema.scylla_tables")
        .add({{"keyspace_name", "ks"},
              {"table_name", "log"},
              {"partitioner", "com.scylladb.dht.CDCPartitioner"}});
    read.with([&](system_tables& tables) -> asio::awaitable<void> {
        CHECK(tables.is_scylla());
        const auto hosts = co_await tables.read_topology();
        REQUIRE(hosts.has_value());
        CHECK(hosts->hosts->hosts().size() == 2);
        const auto schema = co_await tables.read_schema();
        REQUIRE(schema.has_value());
        const auto& ks = schema->all->keyspaces.at("ks");
        CHECK(ks.has_tablets);
        CHECK(ks.has_leaders);
        CHECK(ks.partitioners.at("log") == routing::partitioner::cdc);
    });
    CHECK(!read.was_asked("peers_v2"));
    for (const auto& each : read.node.statements())
        CHECK(each.ends_with(" USING TIMEOUT 10000ms"));
}

TEST_CASE("A ScyllaDB that is too old for a table of its own has nothing to say there") {
    reading read(manners::scylla);
    read.tables.remove("system_schema.scylla_keyspaces");
    read.tables.remove("system_schema.scylla_tables");
    read.tables.at("system_schema.keyspaces").add({{"keyspace_name", "ks"}});
    const auto schema = read.schema();
    REQUIRE(schema.has_value());
    CHECK(!schema->all->keyspaces.at("ks").has_tablets);
}

TEST_CASE("Each statement is prepared once, however often it is read") {
    reading read;
    read.tables.have_nodes(1, {2});
    read.with([&](system_tables& tables) -> asio::awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            const auto hosts = co_await tables.read_topology();
            CHECK(hosts.has_value());
            const auto schema = co_await tables.read_schema();
            CHECK(schema.has_value());
        }
    });
    CHECK(read.node.count(opcode::prepare) == 10);
    CHECK(read.node.count(opcode::execute) == 30);
    CHECK(read.node.count(opcode::query) == 0);
}

TEST_CASE("What belongs together may come in different pages") {
    reading read;
    read.tables.rows_per_page = 1;
    read.tables.have_nodes(1, {2, 3, 4});
    read.tables.put("system_schema.tables", table_rows({"t"}));
    auto& columns = read.tables.at("system_schema.columns");
    add_column(columns, "t", "value", "regular", -1, "frozen<outer>");
    add_column(columns, "t", "b", "partition_key", 1, "int");
    add_column(columns, "t", "c", "clustering", 0, "int");
    add_column(columns, "t", "a", "partition_key", 0, "int");
    using texts = value::sequence;
    read.tables.at("system_schema.types")
        .add({{"keyspace_name", "ks"},
              {"type_name", "outer"},
              {"field_names", texts{value("i")}},
              {"field_types", texts{value("frozen<inner>")}}})
        .add({{"keyspace_name", "ks"},
              {"type_name", "inner"},
              {"field_names", texts{value("x")}},
              {"field_types", texts{value("int")}}});
    read.with([&](system_tables& tables) -> asio::awaitable<void> {
        const auto hosts = co_await tables.read_topology();
        REQUIRE(hosts.has_value());
        CHECK(hosts->hosts->hosts().size() == 4);
        const auto schema = co_await tables.read_schema();
        REQUIRE(schema.has_value());
        const auto& t = schema->all->tables.at("ks").at("t");
        std::string names;
        for (const auto& each : t.columns)
            names += each.name + " ";
        CHECK(names == "a b c value ");
        CHECK(t.partition_key_size == 2);
        CHECK(t.columns[3].type == schema->all->types.at("ks").at("outer"));
        CHECK(schema->skipped.empty());
    });
}

TEST_CASE("A page that follows itself is an error, and no loop") {
    reading read;
    read.tables.have_nodes(1, {});
    read.node.options().answer_request =
        [&](const testing::node_request& request) -> std::optional<testing::node_reply> {
        const auto rows = read.tables.answer(request);
        if (cluster_tables::table_of(request.cql) != "system.peers_v2")
            return rows;
        static constexpr std::byte same[]{std::byte{7}};
        return testing::with_more(*rows, same);
    };
    const auto found = read.topology();
    REQUIRE(!found.has_value());
    CHECK(found.error().is(errc::protocol_error));
}

TEST_CASE("Where one table cannot be read nothing is") {
    for (const std::string refused :
         {"system.local", "system.peers", "system_schema.columns", "system_schema.functions"}) {
        CAPTURE(refused);
        reading read;
        read.tables.have_nodes(1, {2});
        read.node.options().answer_request =
            [&](const testing::node_request& request) -> std::optional<testing::node_reply> {
            if (cluster_tables::table_of(request.cql).starts_with(refused))
                return testing::error_of(
                    server_error{server_error_code::server_error, "not now", {}});
            return read.tables.answer(request);
        };
        const auto failure =
            refused.starts_with("system.") ? read.topology().error() : read.schema().error();
        CHECK(failure.server() != nullptr);
        CHECK(std::string(failure.what()).find("not now") != std::string::npos);
    }
}

TEST_CASE("A node that does not know itself is an error; peers that are of no use are left out") {
    reading mute;
    CHECK(mute.topology().error().is(errc::protocol_error));
    reading read;
    read.tables.have_nodes(1, {2});
    read.tables.at("system.peers_v2").add({{"peer", address_of("127.0.0.9")}});
    const auto found = read.topology().value();
    CHECK(found.hosts->hosts().size() == 2);
    CHECK(found.skipped ==
          std::vector<std::string>{"127.0.0.9 lacks host_id, address, data_center"});
}

TEST_CASE("Reading is cancelled with whoever awaits it, and the connection can still be used") {
    using namespace asio::experimental::awaitable_operators;
    reading read;
    read.tables.have_nodes(1, {2});
    read.node.options().silent_statement = "SELECT * FROM system_schema.indexes";
    run(read.context, [](reading& self) -> asio::awaitable<void> {
        auto connection = co_await connection::open(self.node.where());
        system_tables tables(connection, 1h);
        const auto executor = co_await asio::this_coro::executor;
        asio::steady_timer soon(executor, 50ms);
        auto asked = tables.read_schema();
        auto waited = soon.async_wait(asio::use_awaitable);
        const auto first = co_await (std::move(asked) || std::move(waited));
        CHECK(first.index() == 1);
        const auto hosts = co_await tables.read_topology();
        CHECK(hosts.has_value());
        co_await connection.close();
        self.node.stop();
    }(read));
}

TEST_CASE("Reading goes with the io_context, and so does who waits for it") {
    reading read;
    read.node.options().silent_statement = "SELECT * FROM system_schema.indexes";
    bool went = false;
    const auto before = descriptors();
    {
        asio::io_context home(1);
        struct witness {
            bool& gone;
            ~witness() { gone = true; }
        };
        start(home, [](endpoint where, bool& gone) -> asio::awaitable<void> {
            const witness held{gone};
            auto connection = co_await connection::open(where);
            system_tables tables(connection, 1h);
            const auto never = co_await tables.read_schema();
            CHECK(!never.has_value());
        }(read.node.where(), went));
        while (read.node.count(opcode::execute) < 8) {
            home.poll();
            read.context.poll();
        }
        CHECK(!went);
    }
    CHECK(went);
    read.node.stop();
    read.context.restart();
    read.context.run();
    CHECK(descriptors() <= before);
}
