#include "../../deaf_listener.hpp"
#include "../../io/name_server.hpp"
#include "control_cluster.hpp"

#include <boost/asio/ip/address.hpp>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// A cluster that is found by names alone, of which the test says where they lead.
class named_cluster : public cluster {
  public:
    explicit named_cluster(int size, speech how = speech::plain) : cluster(size) {
        settings.contact_points.clear();
        settings.names = names.settings();
        settings.names.patience = 1min; // nobody is asked twice while a test waits
        if (how == speech::plain)
            return;
        settings.options.tls(tls_options().ca_file(certificate("ca.pem")));
        for (int i = 1; i <= size; ++i) {
            auto options = table(i).options("127.0.0." + std::to_string(i));
            options.port = port;
            options.tls = node_of(how).tls;
            auto& node = nodes[static_cast<std::size_t>(i - 1)];
            node.reset();
            node = std::make_unique<scripted_node>(context, std::move(options));
        }
    }
    scripted_node& node(int number) { return *nodes[static_cast<std::size_t>(number - 1)]; }
    cluster_tables& table(int number) { return tables[static_cast<std::size_t>(number - 1)]; }
    void point_to(const std::string& host) { settings.contact_points.emplace_back(host, port); }
    /// The name as errors have it.
    std::string told(const std::string& name, const std::string& address = "") const {
        return name + ":" + std::to_string(port) + (address.empty() ? "" : " (" + address + ")");
    }
    error fail_to_open() {
        begin();
        until([this] { return opened.has_value(); });
        REQUIRE(!opened->has_value());
        return opened->error();
    }
    bool is_served_by(int number) { return heard.connected.back() == node(number).where(); }

    name_server names{context};
};

node_reply no_answer(const char* why) {
    return error_of(server_error{server_error_code::server_error, why, {}});
}

} // namespace

TEST_CASE("A name whose first address accepts and says nothing costs a quarter of a second") {
    for (const auto how : {speech::plain, speech::tls_1_3}) {
        INFO(name_of(how));
        named_cluster all(2, how);
        all.names.set("node.cocql.test", {"127.0.0.1", "127.0.0.2"});
        all.point_to("node.cocql.test");
        all.node(1).options().silent = silence::at_accept;
        all.begin();
        all.until([&] { return all.node(1).accepted() == 1; });
        all.settle();
        CHECK(!all.opened);
        all.advance(249ms);
        CHECK(!all.opened);
        all.advance(1ms);
        all.until([&] { return all.opened.has_value(); });
        REQUIRE_MESSAGE(all.opened->has_value(), all.opened->error().what());
        CHECK(all.is_served_by(2));
        all.close();
    }
}

TEST_CASE("A name whose first address drops what comes costs a quarter of a second, one that "
          "refuses nothing") {
    named_cluster all(2);
    const deaf_listener deaf(all.context, asio::ip::make_address("127.0.0.9"), all.port);
    all.names.set("db.test", {"127.0.0.9", "127.0.0.8", "127.0.0.2"});
    all.point_to("db.test");
    all.begin();
    all.until([&] { return !all.names.asked().empty(); });
    all.settle();
    CHECK(!all.opened);
    all.advance(250ms);
    all.until([&] { return all.opened.has_value(); });
    REQUIRE(all.opened->has_value());
    CHECK(all.is_served_by(2));
    all.close();
}

TEST_CASE("Certificates are verified by the name, whatever the address is") {
    named_cluster all(1, speech::tls_1_3);
    // Of that address, and of node.cocql.test.
    all.names.set("other.cocql.test", {"127.0.0.1"});
    all.names.set("node.cocql.test", {"127.0.0.1"});
    all.point_to("other.cocql.test");
    const auto failure = all.fail_to_open();
    CHECK(failure.is(errc::certificate_rejected));
    CHECK(failure.endpoint() == all.told("other.cocql.test", "127.0.0.1"));

    SUBCASE("by another name that leads there, or by the address, it may be right") {
        for (const auto* right : {"node.cocql.test", "127.0.0.1"}) {
            CAPTURE(right);
            named_cluster both(1, speech::tls_1_3);
            both.names.set("other.cocql.test", {"127.0.0.1"});
            both.names.set("node.cocql.test", {"127.0.0.1"});
            both.point_to("other.cocql.test");
            both.point_to(right);
            both.open();
            CHECK(both.node(1).accepted() == 2);
            both.close();
        }
    }
    SUBCASE("by the name that the options give it is one candidate") {
        named_cluster chosen(1, speech::tls_1_3);
        chosen.names.set("a.test", {"127.0.0.1"});
        chosen.names.set("b.test", {"127.0.0.1"});
        chosen.point_to("a.test");
        chosen.point_to("b.test");
        const auto options = [](const char* name) {
            return tls_options().ca_file(certificate("ca.pem")).server_hostname(name);
        };
        chosen.settings.options.tls(options("other.cocql.test"));
        CHECK(chosen.fail_to_open().is(errc::certificate_rejected));
        CHECK(chosen.node(1).accepted() == 1);
        chosen.opened.reset();
        chosen.settings.options.tls(options("node.cocql.test"));
        chosen.open();
        chosen.close();
    }
    SUBCASE("what cannot be a name is not looked up") {
        named_cluster wrong(1, speech::tls_1_3);
        wrong.point_to("*.cocql.test");
        const auto why = wrong.fail_to_open();
        CHECK(why.is(errc::bad_configuration));
        CHECK(std::string(why.what()).find("the host '*.cocql.test' cannot be right") !=
              std::string::npos);
        CHECK(wrong.names.asked().empty());
    }
}

TEST_CASE("A name that does not exist is an error of that name, and the next one is tried") {
    named_cluster all(1);
    all.point_to("nowhere.test");
    const auto failure = all.fail_to_open();
    CHECK(failure.is(errc::resolve_failed));
    CHECK(failure.endpoint() == all.told("nowhere.test"));
    CHECK(failure.phase() == phase::resolve);
    CHECK(!failure.times().empty());

    all.opened.reset();
    all.point_to("127.0.0.1");
    all.open();
    all.close();
}

TEST_CASE("A look-up that nobody answers costs a quarter of a second, and ends with the search") {
    named_cluster all(1);
    all.names.reply_by([](const name_question&) { return reply::nothing; });
    all.point_to("db.test");
    all.point_to("127.0.0.1");
    all.begin();
    all.until([&] { return !all.names.asked().empty(); });
    all.settle();
    CHECK(!all.opened);
    all.advance(249ms);
    CHECK(!all.opened);
    all.advance(1ms);
    all.until([&] { return all.opened.has_value(); });
    CHECK(all.opened->has_value());
    all.close();
    all.names.stop();
    all.node(1).stop();
    all.context.restart();
    all.context.run(); // nothing of it is left to wait for
}

TEST_CASE("A look-up lasts as long as opening may, and is timed out by its name") {
    named_cluster all(1);
    all.names.reply_by([](const name_question&) { return reply::nothing; });
    all.point_to("db.test");
    all.settings.options.connect_timeout(2s);
    all.begin();
    all.until([&] { return !all.names.asked().empty(); });
    all.advance(1'999ms);
    CHECK(!all.opened);
    all.advance(1ms);
    all.until([&] { return all.opened.has_value(); });
    REQUIRE(!all.opened->has_value());
    CHECK(all.opened->error().is(errc::timed_out));
    CHECK(all.opened->error().endpoint() == all.told("db.test"));
    CHECK(all.opened->error().phase() == phase::resolve);

    named_cluster none(1);
    none.point_to("db.test");
    none.settings.options.connect_timeout(0s);
    CHECK(none.fail_to_open().is(errc::timed_out));
    CHECK(none.names.asked().empty());
}

TEST_CASE("Contact points that lead to one address are one candidate") {
    named_cluster all(1);
    all.node(1).stop();
    all.names.set("a.test", {"127.0.0.1"});
    all.names.set("b.test", {"127.0.0.1"});
    for (const auto* host : {"a.test", "127.0.0.1", "b.test"})
        all.point_to(host);
    const auto failure = all.fail_to_open();
    CHECK(failure.is(errc::connect_failed));
    CHECK(failure.attempts().empty());
    CHECK(failure.endpoint() == all.told("a.test", "127.0.0.1"));
}

TEST_CASE("Where no address of a name can be used the error tells what has come of each") {
    named_cluster all(2);
    all.node(1).stop();
    all.node(2).options().refused[opcode::startup] =
        server_error{server_error_code::server_error, "not yet", {}};
    all.names.set("db.test", {"127.0.0.1", "127.0.0.2"});
    all.point_to("db.test");
    const auto failure = all.fail_to_open();
    REQUIRE(failure.attempts().size() == 2);
    CHECK(failure.attempts()[0].endpoint() == all.told("db.test", "127.0.0.1"));
    CHECK(failure.attempts()[1].endpoint() == all.told("db.test", "127.0.0.2"));
    CHECK(std::string(failure.what()).find("not yet") != std::string::npos);
}

TEST_CASE("Where the first address's schema cannot be read the name's next one is tried") {
    named_cluster all(2);
    all.node(1).options().answer_request =
        [&](const node_request& request) -> std::optional<node_reply> {
        if (cluster_tables::table_of(request.cql) == "system_schema.views")
            return no_answer("no");
        return all.table(1).answer(request);
    };
    all.names.set("db.test", {"127.0.0.1", "127.0.0.2"});
    all.point_to("db.test");
    all.open();
    CHECK(all.is_served_by(2));
    all.close();
}

TEST_CASE("Names are looked up anew at each search, and a loss is told by them") {
    named_cluster all(2);
    all.table(1).have_nodes(1, {}, all.port, "test cluster"); // it knows of no other
    all.names.set("db.test", {"127.0.0.1"});
    all.point_to("db.test");
    all.open();
    CHECK(all.is_served_by(1));
    all.advance(2s);
    all.names.set("db.test", {"127.0.0.2"});
    all.node(1).stop();
    all.until([&] { return all.heard.connected.size() == 2; });
    CHECK(all.is_served_by(2));
    REQUIRE(all.heard.lost.size() == 1);
    CHECK(all.heard.lost[0].endpoint() == all.told("db.test", "127.0.0.1"));
    all.close();
}

TEST_CASE("The address that was lost is the last of its name") {
    named_cluster all(2);
    // Both say that they are elsewhere, where nobody is.
    all.table(1).have_nodes(8, {}, all.port, "test cluster");
    all.table(2).have_nodes(9, {}, all.port, "test cluster");
    all.names.set("db.test", {"127.0.0.1", "127.0.0.2"});
    all.point_to("db.test");
    all.open();
    CHECK(all.is_served_by(1));
    all.advance(2s);
    all.node(1).drop_connections();
    all.until([&] { return all.heard.connected.size() == 2; });
    CHECK(all.is_served_by(2));
    all.close();
}

TEST_CASE("By a name it is closed and cancelled at every moment, and leaves nothing") {
    for (std::size_t turns = 0; turns < 60; ++turns) {
        CAPTURE(turns);
        for (const bool by_cancelling : {false, true}) {
            named_cluster all(2);
            all.node(1).options().silent = turns % 2 == 0 ? silence::never : silence::at_accept;
            all.names.set("db.test", {"127.0.0.1", "127.0.0.2"});
            all.point_to("db.test");
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
            all.names.stop();
            for (auto& each : all.nodes)
                each->stop();
            all.context.restart();
            all.context.run(); // nothing of it is left to wait for
            CHECK(gone.expired());
        }
    }
}

TEST_CASE("By a name it goes with the io_context at every moment, and so does who waits for it") {
    for (std::size_t turns = 0; turns < 60; ++turns) {
        CAPTURE(turns);
        std::weak_ptr<control_connection> gone;
        {
            named_cluster all(2);
            all.node(1).options().silent = turns % 2 == 0 ? silence::never : silence::at_accept;
            all.names.set("db.test", {"127.0.0.1", "127.0.0.2"});
            all.point_to("db.test");
            all.begin();
            gone = all.control;
            for (std::size_t i = 0; i < turns; ++i)
                all.context.poll_one();
            all.control.reset();
        }
        CHECK(gone.expired());
    }
}
