#include "control_cluster.hpp"
#include "testing/host_tables.hpp"

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

TEST_CASE("Opening reads everything and tells it, as one picture") {
    cluster all(3);
    all.tables[0].at("system_schema.keyspaces").add({{"keyspace_name", "ks"}});
    all.open();
    REQUIRE(all.heard.pictures.size() == 1);
    const auto& now = all.heard.pictures[0];
    CHECK(now.hosts->hosts().size() == 3);
    CHECK(now.schema->keyspaces.contains("ks"));
    CHECK(all.control->known().hosts == now.hosts);
    CHECK(all.heard.connected == std::vector<endpoint>{all.nodes[0]->where()});
    CHECK(all.heard.warnings.empty());
    all.close();
    CHECK(all.heard.lost.empty());
    CHECK(all.nodes[1]->accepted() + all.nodes[2]->accepted() == 0);
}

TEST_CASE("It registers before it reads, so that nothing falls between") {
    cluster all(1);
    std::size_t before_reading = 0;
    all.nodes[0]->options().answer_request = [&](const testing::node_request& request) {
        if (before_reading == 0) {
            before_reading = all.nodes[0]->count(opcode::register_);
            all.nodes[0]->tell(new_table); // in the middle of it
        }
        return all.tables[0].answer(request);
    };
    all.open();
    CHECK(before_reading == 1);
    CHECK(all.readings("system_schema.tables") == 1);
    all.settle();
    all.advance(999ms);
    CHECK(all.readings("system_schema.tables") == 1); // everything was read just now
    all.clock.advance(1ms);
    all.until([&] { return all.readings("system_schema.tables") == 2; });
    CHECK(all.readings("system.local") == 1);
    all.close();
}

TEST_CASE("The control connection's heartbeat goes by the clock of its session") {
    cluster all(1);
    all.settings.options.heartbeat(std::chrono::seconds(30), std::chrono::seconds(5));
    all.open();
    all.settle();
    const auto before = all.nodes[0]->count(opcode::options);
    all.advance(29s);
    CHECK(all.nodes[0]->count(opcode::options) == before);
    all.advance(1s);
    CHECK(all.nodes[0]->count(opcode::options) == before + 1);
    all.close();
}

TEST_CASE("A dead contact point and one that says nothing cost a quarter of a second each") {
    cluster all(3);
    all.nodes[0]->stop();
    all.nodes[1]->options().silent = testing::silence::at_accept;
    all.begin();
    all.settle();
    CHECK(!all.opened); // waits for the second
    all.advance(249ms);
    CHECK(!all.opened);
    all.advance(1ms);
    all.until([&] { return all.opened.has_value(); });
    REQUIRE(all.opened->has_value());
    CHECK(all.heard.connected.back() == all.nodes[2]->where());
    all.close();
}

TEST_CASE("Where no node can be used the error tells what has come of each") {
    cluster all(3);
    all.nodes[0]->stop();
    all.nodes[1]->options().refused[opcode::startup] =
        server_error{server_error_code::server_error, "not yet", {}};
    all.nodes[2]->options().answer_request = [](const testing::node_request&) {
        return testing::error_of(server_error{server_error_code::overloaded, "too much", {}});
    };
    all.begin();
    all.until([&] { return all.opened.has_value(); });
    REQUIRE(!all.opened->has_value());
    const auto& failure = all.opened->error();
    CHECK(failure.attempts().size() == 3);
    const std::string text = failure.what();
    CHECK(text.find("none of 3 nodes could be used") == 0);
    for (const auto* part : {"Connection refused", "not yet", "too much"})
        CHECK(text.find(part) != text.npos);
    CHECK(all.heard.pictures.empty());
    CHECK(all.heard.lost.empty());

    cluster none(1);
    none.settings.contact_points.clear();
    none.begin();
    none.until([&] { return none.opened.has_value(); });
    CHECK(none.opened->error().is(errc::bad_configuration));
}

TEST_CASE("A node whose schema cannot be read is left for the next one") {
    cluster all(2);
    all.nodes[0]->options().answer_request =
        [&](const testing::node_request& request) -> std::optional<testing::node_reply> {
        if (cluster_tables::table_of(request.cql) == "system_schema.views")
            return testing::error_of(server_error{server_error_code::server_error, "no", {}});
        return all.tables[0].answer(request);
    };
    all.open();
    CHECK(all.heard.connected.back() == all.nodes[1]->where());
    all.close();

    cluster alone(1);
    alone.nodes[0]->options().answer_request =
        [&](const testing::node_request& request) -> std::optional<testing::node_reply> {
        if (cluster_tables::table_of(request.cql) == "system_schema.views")
            return testing::error_of(server_error{server_error_code::server_error, "no", {}});
        return alone.tables[0].answer(request);
    };
    alone.begin();
    alone.until([&] { return alone.opened.has_value(); });
    REQUIRE(!alone.opened->has_value());
    CHECK(std::string(alone.opened->error().what()).find("no") != std::string::npos);
}

namespace {

/// Waits for a reading that begins from now on; nothing until it is over.
std::shared_ptr<std::optional<bool>> read_schema_by(cluster& all, base::time_point until) {
    auto outcome = std::make_shared<std::optional<bool>>();
    start(all.context,
          [](cluster& all, base::time_point until,
             std::shared_ptr<std::optional<bool>> outcome) -> asio::awaitable<void> {
              *outcome = co_await all.control->read_schema(until);
          }(all, until, outcome));
    return outcome;
}

} // namespace

TEST_CASE(
    "Who waits for the schema gets it at once, several by one reading, and none that had begun "
    "before") {
    cluster all(1);
    all.open();
    all.nodes[0]->tell(new_table);
    all.settle();
    CHECK(all.readings("system_schema.tables") == 1); // the interval is not over
    const auto first = read_schema_by(all, base::never);
    const auto second = read_schema_by(all, base::never);
    all.until([&] { return first->has_value() && second->has_value(); });
    CHECK(first->value());
    CHECK(second->value());
    all.settle();
    CHECK(all.readings("system_schema.tables") == 2);
    CHECK(all.heard.pictures.size() == 2);
    CHECK(all.readings("system.local") == 1);

    // One that waits from the middle of a reading gets the next.
    std::shared_ptr<std::optional<bool>> inner;
    all.nodes[0]->options().answer_request = [&](const testing::node_request& request) {
        if (!inner && cluster_tables::table_of(request.cql) == "system_schema.tables")
            inner = read_schema_by(all, base::never);
        return all.tables[0].answer(request);
    };
    const auto outer = read_schema_by(all, base::never);
    all.until([&] { return outer->has_value(); });
    CHECK(!inner->has_value());
    all.until([&] { return inner->has_value(); });
    CHECK(inner->value());
    CHECK(all.readings("system_schema.tables") == 4);
    all.close();
    const auto after = read_schema_by(all, base::never);
    all.until([&] { return after->has_value(); });
    CHECK(!after->value());
}

TEST_CASE("Who waits for the schema waits no longer than was said, and by another node where one "
          "cannot be read") {
    cluster all(2);
    all.open();
    all.nodes[0]->options().silent_statement = "SELECT * FROM system_schema.views";
    const auto late = read_schema_by(all, all.clock.now() + 1s);
    all.settle();
    CHECK(!late->has_value());
    all.advance(999ms);
    CHECK(!late->has_value());
    all.clock.advance(1ms);
    all.until([&] { return late->has_value(); });
    CHECK(!late->value());
    const auto in_time = read_schema_by(all, base::never);
    all.nodes[0]->stop();
    all.until([&] { return in_time->has_value(); });
    CHECK(in_time->value());
    CHECK(all.heard.connected.size() == 2);
    // And it ends when that does.
    all.nodes[1]->options().silent_statement = "SELECT * FROM system_schema.views";
    const auto never = read_schema_by(all, base::never);
    all.settle();
    all.close();
    all.until([&] { return never->has_value(); });
    CHECK(!never->value());
}

TEST_CASE(
    "Without the schema only the nodes are read, at first, after events, by another node, and "
    "whoever waits for the schema") {
    cluster all(2);
    all.tables[0].at("system_schema.keyspaces").add({{"keyspace_name", "ks"}});
    all.settings.reads_schema = false;
    all.open();
    REQUIRE(all.heard.pictures.size() == 1);
    REQUIRE(all.heard.pictures[0].schema != nullptr);
    CHECK(all.heard.pictures[0].schema->keyspaces.empty());
    CHECK(all.heard.pictures[0].hosts->hosts().size() == 2);
    all.advance(2s);
    all.nodes[0]->tell(new_table);
    all.advance(2s);
    CHECK(all.control->events_heard() == 0);
    CHECK(all.heard.pictures.size() == 1);
    all.nodes[0]->tell(new_node);
    all.settle();
    all.clock.advance(100ms);
    all.until([&] { return all.heard.pictures.size() == 2; });
    const auto asked_for = read_schema_by(all, base::never);
    all.until([&] { return asked_for->has_value(); });
    CHECK(!asked_for->value());
    all.advance(2s);
    all.nodes[0]->stop();
    all.until([&] { return all.heard.pictures.size() == 3; });
    for (const auto& each : all.heard.pictures)
        CHECK(each.schema == all.heard.pictures[0].schema);
    CHECK(all.readings("system.local") == 3);
    for (const auto& node : all.nodes)
        for (const auto& cql : node->statements())
            CHECK(cql.find("system_schema") == cql.npos);
    all.close();
}

TEST_CASE("A single node is read and looked for, and no other, also where it has changed") {
    cluster all(2);
    all.settings.contact_points = {endpoint("localhost", all.port)};
    all.settings.single_node = true;
    all.open();
    REQUIRE(all.heard.pictures.size() == 1);
    REQUIRE(all.heard.pictures[0].hosts->hosts().size() == 1);
    CHECK(all.heard.pictures[0].hosts->hosts()[0].id == id_of(1));
    CHECK(all.heard.pictures[0].hosts->hosts()[0].address == address_of("127.0.0.1"));
    all.advance(2s);
    all.nodes[0]->tell(new_node);
    all.settle();
    all.clock.advance(100ms);
    all.until([&] { return all.heard.pictures.size() == 2; });
    CHECK(all.heard.pictures[1].hosts->hosts().size() == 1);
    all.advance(2s);
    all.nodes[0]->stop();
    all.until([&] { return !all.heard.lost.empty(); });
    all.settle();
    CHECK(all.heard.connected.size() == 1);
    // Another node is where the name leads to.
    all.tables[0].have_nodes(2, {1}, all.port);
    auto options = all.nodes[0]->options();
    options.port = all.port;
    all.nodes[0] = std::make_unique<testing::scripted_node>(all.context, std::move(options));
    all.settle();
    all.control->wake();
    all.until([&] { return all.heard.pictures.size() == 3; });
    REQUIRE(all.heard.pictures[2].hosts->hosts().size() == 1);
    CHECK(all.heard.pictures[2].hosts->hosts()[0].id == id_of(2));
    CHECK(all.nodes[1]->accepted() == 0);
    CHECK(all.readings("system.peers_v2") == 0);
    all.close();
}

TEST_CASE("Its loss is told, and another node is found, which is read as a whole") {
    cluster all(3);
    all.open();
    const auto first = all.heard.connected.back();
    all.advance(2s);
    all.nodes[0]->stop();
    all.until([&] { return all.heard.connected.size() == 2; });
    CHECK(all.heard.connected.back() != first);
    REQUIRE(all.heard.lost.size() == 1);
    CHECK(all.heard.lost[0].is(errc::connection_lost));
    CHECK(all.heard.pictures.size() == 2);
    all.close();
}

TEST_CASE("Only its own connection is dropped: the same node may serve again") {
    cluster all(1);
    all.open();
    all.advance(2s);
    all.nodes[0]->drop_connections();
    all.until([&] { return all.heard.connected.size() == 2; });
    CHECK(all.heard.connected[1] == all.heard.connected[0]);
    all.close();
}

TEST_CASE("While no node can be reached it tries again, longer and longer, or when it is woken") {
    cluster all(1);
    all.settings.reconnection = policy::backoff(1s, 60s);
    all.open();
    all.advance(2s);
    const auto where = all.nodes[0]->where();
    all.nodes[0].reset();
    all.settle();
    const auto vain = [&] { return all.heard.lost.size(); };
    all.until([&] { return vain() == 2; }); // the loss, and the first attempt
    all.advance(700ms);
    CHECK(vain() == 2);
    all.advance(500ms);
    all.until([&] { return vain() == 3; });
    all.advance(1'500ms);
    CHECK(vain() == 3);
    all.advance(900ms);
    all.until([&] { return vain() == 4; });
    // It is there again: nobody waits for four seconds.
    auto options = all.tables[0].options();
    options.port = where.port();
    all.nodes[0] = std::make_unique<testing::scripted_node>(all.context, std::move(options));
    all.settle();
    CHECK(all.heard.connected.size() == 1);
    all.control->wake();
    all.until([&] { return all.heard.connected.size() == 2; });
    all.close();
}

TEST_CASE("A node that lets everyone in and drops them at once is not tried without end") {
    cluster all(1);
    all.open();
    for (int i = 0; i < 20; ++i) {
        all.nodes[0]->drop_connections();
        all.settle();
    }
    CHECK(all.nodes[0]->accepted() <= 2);
    all.close();
}

TEST_CASE("A refresh that fails half-way publishes nothing, and another node is asked") {
    cluster all(2);
    all.open();
    all.advance(2s);
    auto failing = true;
    all.nodes[0]->options().answer_request =
        [&](const testing::node_request& request) -> std::optional<testing::node_reply> {
        if (failing && cluster_tables::table_of(request.cql) == "system.peers_v2")
            return testing::error_of(server_error{server_error_code::server_error, "no", {}});
        return all.tables[0].answer(request);
    };
    all.tables[1].at("system_schema.keyspaces").add({{"keyspace_name", "seen by the second"}});
    all.nodes[0]->tell(new_node);
    all.settle();
    all.clock.advance(100ms);
    all.until([&] { return all.heard.connected.size() == 2; });
    CHECK(all.heard.connected.back() == all.nodes[1]->where());
    REQUIRE(all.heard.pictures.size() == 2);
    CHECK(all.heard.pictures[1].schema->keyspaces.contains("seen by the second"));
    CHECK(all.heard.lost.size() == 1);
    all.close();
}

TEST_CASE("A node of another cluster is refused, at first and later") {
    cluster all(2);
    all.settings.cluster_name = "mine";
    all.begin();
    all.until([&] { return all.opened.has_value(); });
    REQUIRE(!all.opened->has_value());
    CHECK(std::string(all.opened->error().what())
              .find("the node's cluster is 'test cluster', and not 'mine'") != std::string::npos);

    cluster later(2);
    later.open();
    later.advance(2s);
    later.know_all("another");
    later.nodes[0]->drop_connections();
    later.until([&] { return later.heard.lost.size() == 2; });
    CHECK(later.heard.connected.size() == 1);
    CHECK(later.heard.lost[1].attempts().size() == 2);
    later.know_all();
    later.control->wake();
    later.until([&] { return later.heard.connected.size() == 2; });
    later.close();
}

TEST_CASE("Rows that are of no use are told once for each reading") {
    cluster all(1);
    all.tables[0].at("system.peers_v2").add({{"peer", address_of("127.0.0.9")}});
    all.open();
    REQUIRE(all.heard.warnings.size() == 1);
    CHECK(all.heard.warnings[0].find("127.0.0.9 lacks host_id") != std::string::npos);
    all.close();
}

TEST_CASE("It is closed and cancelled at every moment, and leaves nothing") {
    for (std::size_t turns = 0; turns < 60; ++turns) {
        CAPTURE(turns);
        for (const bool by_cancelling : {false, true}) {
            cluster all(2);
            all.nodes[0]->options().silent_statement =
                turns % 2 == 0 ? "" : "SELECT * FROM system_schema.types";
            all.control = std::make_shared<control_connection>(all.context.get_executor(),
                                                               all.settings, all.clock, all.heard);
            asio::cancellation_signal cancelled;
            bool over = false;
            asio::co_spawn(
                all.context,
                [](cluster& self) -> asio::awaitable<void> {
                    self.opened = co_await self.control->open();
                }(all),
                asio::bind_cancellation_slot(cancelled.slot(),
                                             [&](std::exception_ptr) { over = true; }));
            for (std::size_t i = 0; i < turns; ++i)
                all.context.poll_one();
            if (by_cancelling && !over)
                cancelled.emit(asio::cancellation_type::terminal);
            all.close();
            all.until([&] { return over; });
            const std::weak_ptr<control_connection> gone = all.control;
            all.control.reset();
            for (auto& each : all.nodes)
                each->stop();
            all.context.restart();
            all.context.run(); // nothing of it is left to wait for
            CHECK(gone.expired());
        }
    }
}

TEST_CASE("It goes with the io_context at every moment, and so does who waits for it") {
    for (std::size_t turns = 0; turns < 60; ++turns) {
        CAPTURE(turns);
        std::weak_ptr<control_connection> gone;
        {
            cluster all(2);
            all.nodes[0]->options().silent_statement =
                turns % 2 == 0 ? "" : "SELECT * FROM system_schema.types";
            all.begin();
            gone = all.control;
            for (std::size_t i = 0; i < turns; ++i)
                all.context.poll_one();
            all.control.reset();
        }
        CHECK(gone.expired());
    }
}
