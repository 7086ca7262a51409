#include "schema_of_cluster.hpp"

#include <cocql/as_result.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;

// What real servers were seen to do and a session meets; tests/README.md says which ones, and where
// the rest is tested.

namespace {

/// That the session has its control connection to, the only one that is registered for events of
/// others.
int controlled_by(session_cluster& cluster, int before = 0) {
    for (int i = 1; i <= cluster.size(); ++i)
        if (i != before && cluster.node(i).count(opcode::register_) != 0)
            return i;
    return 0;
}

std::string ip_of(int number) {
    return "127.0.0." + std::to_string(number);
}

/// So many reads, each of which is answered.
asio::awaitable<void> read_some(session_cluster& cluster, session& app, int count) {
    const auto find = co_await app.prepare(session_cluster::find_cql);
    cluster.requests.clear();
    for (int i = 0; i < count; ++i)
        co_await app.execute(find, "key " + std::to_string(i));
}

/// Events of a table that nobody has seen, which make the session read the schema from whom it has
/// its control connection to.
asio::awaitable<void> hear_of_table(session_cluster& cluster, session& app,
                                    const std::string& name) {
    for (int i = 1; i <= cluster.size(); ++i)
        have_new_table(cluster, i, name);
    cluster.tell_all(schema_change{"CREATED", "TABLE", "app", name, {}});
    const auto is_known = [&]() -> asio::awaitable<bool> {
        const auto now = co_await app.metadata();
        co_return now.table("app", name) != nullptr;
    };
    co_await cluster.become(is_known);
}

/// Who hears of nodes.
class node_news final : public metadata_listener {
  public:
    void host_added(const host_info&, const cluster_metadata&) override { ++added; }
    void host_removed(const host_info&, const cluster_metadata&) override { ++removed; }
    void host_moved(const host_info&, const host_info& now, const cluster_metadata&) override {
        moved_to.push_back(now.where.host());
    }

    int added = 0;
    int removed = 0;
    std::vector<std::string> moved_to;
};

/// Who hears of the schema.
class schema_news final : public metadata_listener {
  public:
    void schema_changed(const schema_difference& what, const cluster_metadata&) override {
        if (what.what == schema_difference::kind::dropped)
            dropped.push_back(what.name.empty() ? what.keyspace : what.name);
    }

    std::vector<std::string> dropped;
};

} // namespace

TEST_CASE("A node that tells its own clients that it is down serves on until it ends their "
          "connections, and then others do") {
    session_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto leaving = controlled_by(cluster);
        REQUIRE(leaving != 0);
        cluster.node(leaving).tell(status_change{"DOWN", ip_of(leaving), cluster.port});
        co_await hear_of_table(cluster, app, "first"); // the event has been dealt with
        auto hosts = co_await app.hosts();
        CHECK(std::ranges::all_of(hosts, [](const auto& each) { return each.connections == 1; }));
        co_await read_some(cluster, app, 60);
        CHECK(cluster.nodes_asked().size() == 3);

        cluster.stop(leaving);
        const auto has_ended = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.hosts();
            co_return now[static_cast<std::size_t>(leaving - 1)].connections == 0;
        };
        co_await cluster.become(has_ended);
        co_await read_some(cluster, app, 60);
        CHECK(!cluster.nodes_asked().contains(leaving));
        const auto is_replaced = [&]() -> asio::awaitable<bool> {
            co_return controlled_by(cluster, leaving) != 0;
        };
        co_await cluster.become(is_replaced);
        co_await hear_of_table(cluster, app, "second");
        hosts = co_await app.hosts();
        CHECK(hosts.size() == 3);
        co_await app.close();
    });
}

TEST_CASE("A node that tells its own clients that it was removed is used until it ends their "
          "connections, and then forgotten") {
    session_cluster cluster(3);
    const auto news = std::make_shared<node_news>();
    cluster.options.listener(news);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto leaving = controlled_by(cluster);
        REQUIRE(leaving != 0);
        cluster.gone = {leaving}; // the others know it no more, and it still knows itself
        cluster.know_all();
        cluster.node(leaving).tell(topology_change{"REMOVED_NODE", ip_of(leaving), cluster.port});
        co_await hear_of_table(cluster, app, "first");
        co_await read_some(cluster, app, 60);
        CHECK(cluster.nodes_asked().size() == 3);
        CHECK(news->removed == 0);

        cluster.stop(leaving);
        co_await cluster.know_nodes(app, 2);
        const auto is_told = [&] { return news->removed == 1; };
        co_await come_true(cluster, is_told);
        co_await read_some(cluster, app, 60);
        CHECK(!cluster.nodes_asked().contains(leaving));
        co_await app.close();
    });
}

TEST_CASE("A node that ends its connections and takes new ones later, and of which nobody says a "
          "word, is used again") {
    session_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto silent = controlled_by(cluster) == 1 ? 2 : 1;
        cluster.stop(silent);
        const auto has_ended = [&]() -> asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return hosts[static_cast<std::size_t>(silent - 1)].connections == 0;
        };
        co_await cluster.become(has_ended);
        co_await read_some(cluster, app, 60);
        CHECK(cluster.nodes_asked().size() == 2);
        cluster.start(silent);
        co_await cluster.know_nodes(app, 3);
        co_await read_some(cluster, app, 60);
        CHECK(cluster.nodes_asked().size() == 3);
        co_await app.close();
    });
}

TEST_CASE("A node that has moved is known by its id: nobody says that its old address is gone, and "
          "for a moment it has no tokens") {
    session_cluster cluster(4);
    cluster.ring_size = 3;
    cluster.gone = {4}; // there is one more place than there are nodes
    cluster.know_all();
    cluster.options = cluster.options_at(1);
    const auto news = std::make_shared<node_news>();
    cluster.options.listener(news);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        CHECK((co_await app.hosts()).size() == 3);
        const auto added = news->added;
        cluster.tell_all(status_change{"DOWN", ip_of(3), cluster.port});
        cluster.stop(3);
        cluster.places = {{3, 4}, {4, 3}};
        const auto all_tokens = cluster.ring_tokens;
        cluster.ring_tokens = [&](int number) {
            return number == 3 ? std::vector<std::string>() : all_tokens(number);
        };
        cluster.know_all();
        cluster.tell_all(topology_change{"NEW_NODE", ip_of(4), cluster.port});
        const auto is_told = [&] { return !news->moved_to.empty(); };
        co_await come_true(cluster, is_told);
        co_await cluster.know_nodes(app, 3);
        auto hosts = co_await app.hosts();
        CHECK(hosts[2].id == id_of(3));
        CHECK(hosts[2].where == cluster.node(4).where());
        CHECK(hosts[2].tokens == 0);

        cluster.ring_tokens = all_tokens;
        cluster.know_all();
        cluster.tell_all(status_change{"UP", ip_of(4), cluster.port});
        const auto has_tokens = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.hosts();
            co_return now[2].tokens != 0;
        };
        co_await cluster.become(has_tokens);
        co_await read_some(cluster, app, 60);
        CHECK(cluster.nodes_asked() == std::set<int>{1, 2, 4});
        hosts = co_await app.hosts();
        CHECK(hosts.size() == 3);
        CHECK(news->moved_to == std::vector<std::string>{ip_of(4)});
        CHECK(news->added == added);
        CHECK(news->removed == 0);
        co_await app.close();
    });
}

TEST_CASE(
    "Of a statement that changes the schema several events come before its answer: read once, "
    "told once, and known when it returns") {
    session_cluster cluster(1);
    const auto news = std::make_shared<schema_news>();
    cluster.options.listener(news);
    auto& tables = cluster.tables_of(1);
    int readings = 0;
    bool counts = false;
    auto& node = cluster.node(1);
    node.options().answer_request =
        [&, before = node.options().answer_request](const node_request& request) {
            if (request.cql == "DROP KEYSPACE app") {
                for (const auto* const each :
                     {"system_schema.tables", "system_schema.columns", "system_schema.keyspaces"})
                    tables.have_rows(each, {});
                const schema_change last{"DROPPED", "KEYSPACE", "app", "", {}};
                node.tell(schema_change{"DROPPED", "FUNCTION", "app", "f", {"int"}});
                node.tell(schema_change{"DROPPED", "TABLE", "app", "t", {}});
                node.tell(schema_change{"DROPPED", "TABLE", "app", "made", {}});
                node.tell(schema_change{"DROPPED", "TYPE", "app", "place", {}});
                node.tell(last);
                return std::optional(changed_schema(last));
            }
            if (counts && cluster_tables::asks_system(request.cql) &&
                cluster_tables::table_of(request.cql) == "system_schema.tables")
                ++readings;
            return before(request);
        };
    cluster.have_table(1);
    have_new_table(cluster, 1, "made");
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto now = co_await app.metadata();
        REQUIRE(now.table("app", "made") != nullptr);
        counts = true;
        const auto dropped = co_await app.query("DROP KEYSPACE app");
        REQUIRE(dropped.schema_agreement());
        CHECK(dropped.schema_agreement()->is_reached);
        now = co_await app.metadata();
        CHECK(now.keyspace("app") == nullptr);
        CHECK(std::ranges::count(news->dropped, "app") == 1);
        const auto told = news->dropped;
        const auto until_then = readings;
        CHECK(until_then >= 1);
        // The next event is later than all of the statement's.
        have_new_table(cluster, 1, "other");
        tables.have_rows("system_schema.keyspaces", {});
        cluster.have_keyspace(1);
        cluster.tell_all(schema_change{"CREATED", "TABLE", "app", "other", {}});
        const auto is_known = [&]() -> asio::awaitable<bool> {
            const auto then = co_await app.metadata();
            co_return then.table("app", "other") != nullptr;
        };
        co_await cluster.become(is_known);
        CHECK(readings <= until_then + 2); // the events', and that one's
        CHECK(news->dropped == told);
        co_await app.close();
    });
}

TEST_CASE("A page that is full may be the last: the one behind it has no rows, and ends them") {
    session_cluster cluster(1);
    constexpr int full = 20;
    int pages_asked = 0;
    cluster.answer = [&](int, const node_request& request) {
        ++pages_asked;
        const auto first =
            request.paging_state.empty() ? 0 : static_cast<int>(request.paging_state.front());
        std::vector<std::vector<value>> some;
        for (int i = 0; i < full && first < 2; ++i)
            some.push_back({value("row " + std::to_string(first * full + i))});
        const auto page = rows_of({{"app", "t", "v", data_type::kind::text}}, some);
        if (first >= 2)
            return std::optional(page);
        const std::byte next{static_cast<unsigned char>(first + 1)};
        return std::optional(with_more(page, std::span(&next, 1)));
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto by_twenty = statement_options().page_size(full);
        auto rows = app.pages(find, by_twenty, "a key").rows<std::string>();
        int count = 0;
        for (;;) {
            const auto row = co_await rows.next();
            if (!row)
                break;
            CHECK(std::get<0>(*row) == "row " + std::to_string(count));
            ++count;
        }
        CHECK(count == 2 * full);
        CHECK(pages_asked == 3);
        auto pages = app.pages(find, by_twenty, "a key");
        std::vector<std::size_t> sizes;
        for (;;) {
            const auto page = co_await pages.next();
            if (!page)
                break;
            sizes.push_back(page->size());
        }
        CHECK(sizes == std::vector<std::size_t>{full, full, 0});
        co_await app.close();
    });
}

TEST_CASE("A request that is too large for its node is answered, and the connection behind it "
          "replaced") {
    session_cluster cluster(1, 1);
    cluster.answer = [&](int, const node_request& request) -> std::optional<node_reply> {
        if (request.cql != "SELECT too much")
            return std::nullopt;
        return error_of({server_error_code::invalid,
                         "request size too large (frame size 37748736; estimate 75505472; allowed "
                         "73400320)",
                         {}});
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto refused = co_await as_result(app.query("SELECT too much"));
        REQUIRE(!refused.has_value());
        REQUIRE(refused.error().server() != nullptr);
        CHECK(refused.error().server()->code == server_error_code::invalid);
        CHECK(refused.error().outcome() != request_outcome::not_sent);
        // ScyllaDB reads no more of a connection when it has said that, and closes it.
        for (auto* const each : {&cluster.nodes, &cluster.by_source})
            each->front()->drop_connections();
        const auto is_answered = [&]() -> asio::awaitable<bool> {
            const auto again = co_await as_result(app.query("SELECT v FROM app.t"));
            co_return again.has_value();
        };
        co_await cluster.become(is_answered);
        co_await cluster.know_nodes(app, 1);
        co_await app.close();
    });
}

TEST_CASE(
    "Events have the port of the one who listens, which need not be the node's: they mean the "
    "node at the address") {
    session_cluster cluster(3);
    cluster.gone = {3};
    cluster.know_all();
    const auto other_port = static_cast<std::uint16_t>(cluster.port ^ 1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.gone = {};
        cluster.know_all();
        cluster.tell_all(topology_change{"NEW_NODE", ip_of(3), other_port});
        cluster.tell_all(status_change{"UP", ip_of(3), other_port}); // at the same moment
        co_await cluster.know_nodes(app, 3);
        const auto hosts = co_await app.hosts();
        CHECK(hosts[2].where == cluster.node(3).where());
        cluster.tell_all(status_change{"DOWN", ip_of(3), other_port});
        co_await hear_of_table(cluster, app, "t$paxos");
        co_await read_some(cluster, app, 60);
        CHECK(cluster.nodes_asked().size() == 3); // there are connections, so it is not down
        co_await app.close();
    });
}
