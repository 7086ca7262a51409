#include "schema_of_cluster.hpp"

#include <cocql/as_result.hpp>

#include <thread>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

std::string name_of(const host_info& which) {
    return which.where.host().substr(which.where.host().rfind('.') + 1);
}

/// Takes down what it is told, and does something besides where it is asked to.
class scribe : public metadata_listener {
  public:
    void host_added(const host_info& which, const cluster_metadata& now) override {
        CHECK(now.host(which.id) != nullptr);
        note("added " + name_of(which), now);
    }
    void host_removed(const host_info& which, const cluster_metadata& now) override {
        CHECK(now.host(which.id) == nullptr);
        note("removed " + name_of(which), now);
    }
    void host_moved(const host_info& before, const host_info& which,
                    const cluster_metadata& now) override {
        CHECK(before.id == which.id);
        CHECK(now.host(which.id)->where == which.where);
        note("moved " + name_of(before) + " to " + name_of(which), now);
    }
    void host_altered(const host_info& before, const host_info& which,
                      const cluster_metadata& now) override {
        note("altered " + name_of(which) + " " + before.rack + " " + which.rack, now);
    }
    void host_up(const host_info& which, const cluster_metadata& now) override {
        CHECK(which.status == host_status::up);
        note("up " + name_of(which), now);
    }
    void host_down(const host_info& which, const cluster_metadata& now) override {
        CHECK(which.status == host_status::down);
        note("down " + name_of(which), now);
    }
    void schema_changed(const schema_difference& what, const cluster_metadata& now) override {
        static constexpr const char* things[] = {"keyspace", "type",     "table",
                                                 "view",     "function", "aggregate"};
        static constexpr const char* kinds[] = {"created", "altered", "dropped"};
        std::string text = std::string(kinds[static_cast<int>(what.what)]) + " " +
                           things[static_cast<int>(what.which)] + " " + what.keyspace;
        if (!what.name.empty())
            text += "." + what.name;
        for (const auto& each : what.argument_types)
            text += " " + each;
        note(text, now);
    }
    bool has(const std::string& text) const {
        return std::ranges::find(heard, text) != heard.end();
    }

    std::vector<std::string> heard;
    std::function<void(const std::string&)> then;

  private:
    void note(const std::string& text, const cluster_metadata& now) {
        CHECK(now.cluster_name() == "test cluster");
        heard.push_back(text);
        if (then)
            then(text);
    }
};

using texts = std::vector<std::string>;

void drop_table(session_cluster& cluster) {
    for (int i = 1; i <= cluster.size(); ++i)
        for (const auto* const each : {"system_schema.tables", "system_schema.columns"})
            cluster.tables_of(i).have_rows(each, {});
}
void make_table(session_cluster& cluster, int id = 77) {
    for (int i = 1; i <= cluster.size(); ++i)
        have_new_table(cluster, i, "made", id);
}

} // namespace

TEST_CASE("A listener is told of nodes that come, go, move and change, when metadata() has it") {
    session_cluster cluster(3);
    cluster.gone = {3};
    cluster.know_all();
    const auto heard = std::make_shared<scribe>();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto registration = app.listen(heard);
        cluster.gone = {};
        cluster.know_all();
        cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
        co_await come_true(cluster, [&] { return heard->has("up 3"); });
        CHECK(heard->heard == texts{"added 3", "up 3"});

        heard->heard.clear();
        for (int i = 1; i <= 2; ++i)
            have_cell_of_peers(cluster, i, "rack", value("elsewhere"));
        cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
        co_await come_true(cluster, [&] { return heard->heard.size() >= 2; });
        CHECK(heard->heard == texts{"altered 2 r1 elsewhere", "altered 3 r1 elsewhere"});

        heard->heard.clear();
        const auto move = [](system_table& peers, const std::string& column) {
            auto moved = peers.without_rows();
            for (const auto& row : peers.rows()) {
                std::map<std::string, value> named;
                for (std::size_t i = 0; i < row.size(); ++i)
                    named[peers.columns()[i].name] = row[i];
                if (*named["host_id"].get<uuid>() == id_of(3))
                    named[column] = value(cluster_tables::address(4));
                moved.add(named);
            }
            peers = std::move(moved);
        };
        move(cluster.tables_of(1).at("system.peers"), "rpc_address");
        move(cluster.tables_of(1).at("system.peers_v2"), "native_address");
        cluster.tell_all(topology_change{"MOVED_NODE", "127.0.0.3", cluster.port});
        co_await come_true(cluster, [&] { return heard->has("moved 3 to 4"); });

        heard->heard.clear();
        cluster.gone = {3};
        cluster.know_all();
        cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.3", cluster.port});
        co_await come_true(cluster, [&] { return heard->has("removed 4"); });
        co_await app.close();
    });
}

TEST_CASE("A node that is lost is told as down and, when it can be used again, as up; the first "
          "time, too") {
    session_cluster cluster(3);
    const auto heard = std::make_shared<scribe>();
    cluster.options.listener(heard).listener(nullptr);
    cluster.node(3).options().refused[opcode::startup] =
        server_error{server_error_code::server_error, "not yet", {}};
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        co_await come_true(cluster, [&] { return heard->heard.size() >= 3; });
        CHECK(heard->has("up 1"));
        CHECK(heard->has("up 2"));
        CHECK(heard->has("down 3")); // it could not be reached
        const auto now = co_await app.metadata();
        CHECK(now.host(id_of(3))->status == host_status::down);
        heard->heard.clear();
        cluster.node(3).options().refused.clear();
        cluster.tell_all(status_change{"UP", "127.0.0.3", cluster.port});
        co_await come_true(cluster, [&] { return heard->has("up 3"); });
        // What servers tell of a node that can be used is a hint, and no more.
        cluster.tell_all(status_change{"DOWN", "127.0.0.3", cluster.port});
        cluster.node(2).stop();
        co_await come_true(cluster, [&] { return heard->has("down 2"); });
        CHECK(!heard->has("down 3"));
        co_await app.close();
        const auto count = heard->heard.size();
        CHECK(std::ranges::count(heard->heard, "down 2") == 1);
        CHECK(heard->heard.size() == count);
    });
}

TEST_CASE("Of a node that is not used for requests it is told what servers say") {
    session_cluster cluster(2);
    cluster.options.filter([](const host_info& each) { return each.where.host() != "127.0.0.2"; });
    const auto heard = std::make_shared<scribe>();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto registration = app.listen(heard);
        const auto first = co_await app.metadata();
        CHECK(first.host(id_of(2))->status == host_status::unknown);
        cluster.tell_all(status_change{"DOWN", "127.0.0.2", cluster.port});
        cluster.tell_all(status_change{"DOWN", "127.0.0.2", cluster.port});
        cluster.tell_all(status_change{"UP", "127.0.0.2", cluster.port});
        co_await come_true(cluster, [&] { return heard->heard.size() >= 2; });
        CHECK(heard->heard == texts{"down 2", "up 2"});
        const auto now = co_await app.metadata();
        CHECK(now.host(id_of(2))->status == host_status::up);
        co_await app.close();
    });
}

TEST_CASE("A listener is told of keyspaces, types, tables, views, functions and aggregates that "
          "are created, altered and dropped") {
    session_cluster cluster(1);
    const auto heard = std::make_shared<scribe>();
    auto& tables = cluster.tables_of(1);
    const value ints(value::sequence{value("int")});
    const auto add_rest = [&] {
        tables.at("system_schema.views")
            .add({{"keyspace_name", "app"}, {"view_name", "seen"}, {"base_table_name", "made"}});
        tables.at("system_schema.types")
            .add({{"keyspace_name", "app"},
                  {"type_name", "place"},
                  {"field_names", value(value::sequence{value("x")})},
                  {"field_types", ints}});
        tables.at("system_schema.functions")
            .add({{"keyspace_name", "app"}, {"function_name", "f"}, {"argument_types", ints}});
        tables.at("system_schema.aggregates")
            .add({{"keyspace_name", "app"}, {"aggregate_name", "a"}, {"argument_types", ints}});
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto registration = app.listen(heard);
        make_table(cluster);
        add_rest();
        tables.at("system_schema.keyspaces").add({{"keyspace_name", "other"}});
        cluster.tell_all(made_table);
        co_await come_true(cluster, [&] { return heard->heard.size() >= 6; });
        CHECK(heard->heard == texts{"created keyspace other", "created type app.place",
                                    "created table app.made", "created view app.seen",
                                    "created function app.f int", "created aggregate app.a int"});
        heard->heard.clear();
        have_cell(tables, "system_schema.functions", "body", value("return 1;"));
        have_cell(tables, "system_schema.views", "id", value(id_of(5)));
        cluster.tell_all(made_table);
        co_await come_true(cluster, [&] { return heard->heard.size() >= 2; });
        CHECK(heard->heard == texts{"altered view app.seen", "altered function app.f int"});
        heard->heard.clear();
        for (const auto* const each :
             {"keyspaces", "types", "tables", "columns", "views", "functions", "aggregates"})
            tables.have_rows(std::string("system_schema.") + each, {});
        cluster.tell_all(made_table);
        co_await come_true(cluster, [&] { return heard->heard.size() >= 7; });
        CHECK(heard->heard == texts{"dropped keyspace app", "dropped keyspace other",
                                    "dropped type app.place", "dropped table app.made",
                                    "dropped view app.seen", "dropped function app.f int",
                                    "dropped aggregate app.a int"});
        co_await app.close();
    });
}

TEST_CASE("One's own statement is told, too, and nothing is told twice") {
    session_cluster cluster(2);
    const auto heard = std::make_shared<scribe>();
    cluster.answer = [&](int, const testing::node_request& request) -> std::optional<node_reply> {
        if (!request.cql.starts_with("CREATE"))
            return std::nullopt;
        make_table(cluster);
        cluster.tell_all(made_table); // before the answer, as servers do
        return changed_schema(made_table);
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto registration = app.listen(heard);
        const auto made = co_await app.query(make_table_cql);
        CHECK(made.schema_agreement()->is_read);
        cluster.gone = {2};
        cluster.know_all();
        cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.2", cluster.port});
        co_await come_true(cluster, [&] { return heard->has("removed 2"); });
        CHECK(heard->heard == texts{"created table app.made", "removed 2"});
        co_await app.close();
    });
}

TEST_CASE("Who is registered no more, and who was not yet, is not told") {
    session_cluster cluster(1);
    const auto early = std::make_shared<scribe>();
    const auto late = std::make_shared<scribe>();
    const auto steady = std::make_shared<scribe>();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto first = app.listen(early);
        const auto all = app.listen(steady);
        make_table(cluster);
        cluster.tell_all(made_table);
        co_await come_true(cluster, [&] { return steady->heard.size() == 1; });
        CHECK(early->heard == steady->heard);
        const auto last = app.listen(late);
        auto moved = std::move(first);
        first = listener_registration();
        CHECK(early.use_count() == 2);
        moved = listener_registration();
        CHECK(early.use_count() == 1); // let go of
        drop_table(cluster);
        cluster.tell_all(made_table);
        co_await come_true(cluster, [&] { return steady->heard.size() == 2; });
        CHECK(early->heard == texts{"created table app.made"});
        CHECK(late->heard == texts{"dropped table app.made"});
        CHECK_NOTHROW(static_cast<void>(app.listen(nullptr)));
        co_await app.close();
        CHECK(late.use_count() == 1);
        const auto after = app.listen(early);
        CHECK(early.use_count() == 1);
        session none;
        const auto nobody = none.listen(early);
        CHECK(early.use_count() == 1);
    });
}

TEST_CASE("A listener may deregister itself and others from within a call") {
    session_cluster cluster(1);
    const auto first = std::make_shared<scribe>();
    const auto second = std::make_shared<scribe>();
    const auto third = std::make_shared<scribe>();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        listener_registration own = app.listen(first);
        listener_registration other = app.listen(second);
        const auto stays = app.listen(third);
        first->then = [&](const std::string&) {
            own.end();
            other.end();
        };
        make_table(cluster);
        for (int i = 0; i < 3; ++i)
            cluster.tables_of(1)
                .at("system_schema.keyspaces")
                .add({{"keyspace_name", "more_" + std::to_string(i)}});
        cluster.tell_all(made_table);
        co_await come_true(cluster, [&] { return third->heard.size() == 4; });
        CHECK(first->heard.size() == 1);
        CHECK(second->heard.empty());
        co_await app.close();
    });
}

TEST_CASE("A listener may close the session from within a call, or let go of it") {
    for (const bool closes : {true, false}) {
        session_cluster cluster(2);
        const auto heard = std::make_shared<scribe>();
        bool closed = false;
        session app;
        listener_registration registration;
        cluster.run([&]() -> asio::awaitable<void> {
            app = co_await cluster.connected();
            registration = app.listen(heard);
            heard->then = [&](const std::string&) {
                if (closes)
                    start(cluster.context, [](session app, bool& closed) -> asio::awaitable<void> {
                        co_await app.close();
                        closed = true;
                    }(app, closed));
                app = session();
            };
            make_table(cluster);
            cluster.tables_of(1).at("system_schema.keyspaces").add({{"keyspace_name", "more"}});
            cluster.tables_of(2).at("system_schema.keyspaces").add({{"keyspace_name", "more"}});
            cluster.tell_all(made_table);
            co_await come_true(cluster, [&] { return !heard->heard.empty(); });
        });
        for (const auto& each : cluster.nodes)
            each->stop();
        cluster.context.restart();
        cluster.context.run(); // and it ends
        CHECK(closed == closes);
        // Once it is told to close nobody is called any more.
        CHECK(heard->heard.size() == (closes ? 1 : 2));
        CHECK(heard.use_count() == 1);
    }
}

TEST_CASE("What a listener throws is told as a warning, and others are told all the same") {
    session_cluster cluster(1);
    const auto bad = std::make_shared<scribe>();
    const auto good = std::make_shared<scribe>();
    std::vector<std::string> warnings;
    cluster.options.warnings([&](const std::string& what) { warnings.push_back(what); });
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto first = app.listen(bad);
        const auto second = app.listen(good);
        int count = 0;
        bad->then = [&](const std::string&) {
            if (++count == 1)
                throw std::runtime_error("no room");
            throw 7;
        };
        make_table(cluster);
        cluster.tables_of(1).at("system_schema.keyspaces").add({{"keyspace_name", "more"}});
        cluster.tell_all(made_table);
        co_await come_true(cluster, [&] { return good->heard.size() == 2; });
        CHECK(bad->heard == good->heard);
        CHECK(warnings == texts{"a listener has thrown: no room",
                                "a listener has thrown something that is no std::exception"});
        const auto row = co_await app.query("SELECT v FROM app.t");
        CHECK(row.size() == 1);
        co_await app.close();
    });
}

TEST_CASE(
    "X23 where nobody wants warnings what a listener throws leaves from the executor's queue, "
    "and the session goes on") {
    session_cluster cluster(1);
    const auto bad = std::make_shared<scribe>();
    const auto good = std::make_shared<scribe>();
    session app;
    listener_registration first;
    listener_registration second;
    bad->then = [](const std::string&) { throw std::runtime_error("no room"); };
    cluster.run([&]() -> asio::awaitable<void> {
        app = co_await cluster.connected();
        first = app.listen(bad);
        second = app.listen(good);
        make_table(cluster);
        cluster.tell_all(made_table);
    });
    int thrown = 0;
    cluster.context.restart();
    while (thrown == 0)
        try {
            const auto ran = cluster.context.run_one();
            REQUIRE(ran != 0);
        } catch (const std::runtime_error& failure) {
            CHECK(std::string(failure.what()) == "no room");
            ++thrown;
        }
    CHECK(good->heard == bad->heard);
    cluster.run([&]() -> asio::awaitable<void> {
        const auto row = co_await app.query("SELECT v FROM app.t");
        CHECK(row.size() == 1);
        co_await app.close();
    });
}

TEST_CASE("A refresh that fails half-way calls nobody") {
    session_cluster cluster(1);
    const auto heard = std::make_shared<scribe>();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto registration = app.listen(heard);
        auto& node = cluster.node(1).options();
        int refused = 0;
        node.answer_request =
            [&cluster, &refused, before = node.answer_request](
                const testing::node_request& request) -> std::optional<node_reply> {
            if (refused == 0 && request.cql.starts_with("SELECT * FROM system_schema.aggregates")) {
                ++refused;
                drop_table(cluster); // what was read half is never told
                return error_of(server_error{server_error_code::server_error, "no", {}});
            }
            return before(request);
        };
        make_table(cluster);
        cluster.tell_all(made_table);
        co_await come_true(cluster, [&] { return refused == 1; });
        const auto reconnected = [&app]() -> asio::awaitable<bool> {
            const auto now = co_await app.metrics();
            co_return now.control_reconnects == 1;
        };
        co_await cluster.become(reconnected);
        CHECK(heard->heard.empty());
        make_table(cluster);
        cluster.tell_all(made_table);
        co_await come_true(cluster, [&] { return heard->heard.size() == 1; });
        co_await app.close();
    });
}

TEST_CASE("Listeners are registered and deregistered from any thread, and outlive the session") {
    session_cluster cluster(1);
    const auto heard = std::make_shared<scribe>();
    listener_registration kept;
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        std::thread other([&] {
            for (int i = 0; i < 1000; ++i)
                static_cast<void>(app.listen(std::make_shared<scribe>()));
            kept = app.listen(heard);
        });
        for (int i = 0; i < 5; ++i) {
            make_table(cluster, i + 1);
            cluster.tell_all(made_table);
            co_await asio::post(cluster.context, asio::use_awaitable);
        }
        other.join();
        drop_table(cluster);
        make_table(cluster, 99);
        cluster.tell_all(made_table);
        co_await come_true(cluster, [&] { return !heard->heard.empty(); });
        co_await app.close();
    });
    kept.end();
    kept.end();
    CHECK(heard.use_count() == 1);
}
