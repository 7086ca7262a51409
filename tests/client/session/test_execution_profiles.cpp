#include "noting_cluster.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

TEST_CASE("A statement goes by the profile that it names; its own options count before it, the "
          "default profile and the session's options after it") {
    using enum consistency;
    for (const std::uint32_t shards : {0U, 2U}) {
        noting_cluster cluster(2, shards);
        auto usual = execution_profile().consistency(quorum).serial_consistency(local_serial);
        usual.page_size(77);
        cluster.options.execution_profile(usual);
        cluster.options.execution_profile("reports",
                                          execution_profile().consistency(two).page_size(9));
        cluster.options.execution_profile("whole", execution_profile().page_size(std::nullopt));
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto find = co_await app.prepare(session_cluster::find_cql);
            const auto put = co_await app.prepare(session_cluster::put_cql);
            const auto own =
                by("reports").consistency(local_one).serial_consistency(serial).page_size(5000);
            const std::vector<std::pair<statement_options, on_the_wire>> all = {
                {statement_options(), {quorum, local_serial, 77}},
                {by("default"), {quorum, local_serial, 77}},
                {by(""), {quorum, local_serial, 77}},
                {by("reports"), {two, local_serial, 9}},
                {by("whole"), {quorum, local_serial, std::nullopt}},
                // What a statement says counts also where it says the usual.
                {own, {local_one, serial, 5000}},
                {by("reports").page_size(std::nullopt), {two, local_serial, std::nullopt}}};
            for (const auto& [how, expected] : all) {
                cluster.last = {};
                auto text = app.query(read_cql, how);
                co_await std::move(text);
                CHECK(cluster.last == expected);
                cluster.last = {};
                auto prepared = app.execute(find, how, "key");
                co_await std::move(prepared);
                CHECK(cluster.last == expected);
                cluster.last = {};
                batch several;
                several.add(put, "key", "v");
                auto batched = app.execute(several, how);
                co_await std::move(batched);
                CHECK(cluster.last.level == expected.level);
                CHECK(cluster.last.serial == expected.serial);
                cluster.last = {};
                auto pages = app.pages(find, how, "key");
                co_await pages.next();
                CHECK(cluster.last == expected);
            }
            cluster.last = {};
            co_await app.execute(find, "key"); // no options at all
            CHECK(cluster.last == all.front().second);
            auto asking = app.query("SELECT v FROM app.t WHERE k = ?", "key");
            co_await std::move(asking);
            CHECK(cluster.last == all.front().second);
            co_await app.close();
        });
    }
}

TEST_CASE("A profile's time-out is that of its statements, and a statement's own counts before") {
    session_cluster cluster(1);
    cluster.node(1).options().silent_statement = "SELECT silence";
    cluster.options.execution_profile("no time", execution_profile().timeout(0s));
    cluster.options.execution_profile("little time", execution_profile().timeout(50ms));
    cluster.options.request_timeout(10min);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        auto text = as_result(app.query(read_cql, by("no time")));
        const auto none = co_await std::move(text);
        REQUIRE(!none.has_value());
        CHECK(none.error().is(errc::timed_out));
        CHECK(none.error().outcome() == request_outcome::not_sent);
        auto prepared = as_result(app.execute(find, by("no time"), "key"));
        const auto other = co_await std::move(prepared);
        CHECK(other.error().is(errc::timed_out));
        auto preparing = as_result(app.prepare("SELECT 1", by("no time")));
        const auto not_prepared = co_await std::move(preparing);
        CHECK(not_prepared.error().is(errc::timed_out));
        CHECK(cluster.requests.empty());

        auto own = app.query(read_cql, by("no time").timeout(10s));
        co_await std::move(own);
        CHECK(cluster.requests.size() == 1);

        auto silent = as_result(app.query("SELECT silence", by("little time")));
        const auto late = co_await std::move(silent);
        CHECK(late.error().is(errc::timed_out));
        CHECK(late.error().outcome() == request_outcome::maybe_executed);
        // Of prepared ones, too, where another one's PREPARE is waited for.
        cluster.node(1).options().answered_prepares = 0;
        auto both = as_result(app.prepare("SELECT 2", by("little time"))) &&
                    as_result(app.prepare("SELECT 2", by("little time")));
        const auto [first, second] = co_await std::move(both);
        CHECK(first.error().is(errc::timed_out));
        CHECK(second.error().is(errc::timed_out));
        co_await app.close();
    });
}

TEST_CASE("A profile that there is not is an error at the call, and nothing is sent") {
    noting_cluster cluster(2, 2);
    cluster.options.execution_profile("reports", execution_profile());
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto before = cluster.messages();
        const auto refused = [](const auto& outcome) {
            REQUIRE(!outcome.has_value());
            CHECK(outcome.error().is(errc::not_found));
            CHECK(outcome.error().outcome() == request_outcome::not_sent);
            CHECK(outcome.error().message().find("'nowhere'") != std::string_view::npos);
            CHECK(outcome.error().advice() == "it has: default, reports");
        };
        const auto how = by("nowhere");
        auto text = as_result(app.query(read_cql, how));
        refused(co_await std::move(text));
        auto bound = as_result(app.execute(find, how, "key"));
        refused(co_await std::move(bound));
        batch several;
        several.add("DELETE FROM app.t WHERE k = 'x'");
        auto batched = as_result(app.execute(several, how));
        refused(co_await std::move(batched));
        auto preparing = as_result(app.prepare("SELECT 1", how));
        refused(co_await std::move(preparing));
        auto pages = app.pages(find, how, "key");
        auto paging = as_result(pages.next());
        refused(co_await std::move(paging));
        auto replacing = as_result(app.replace_execution_profile("nowhere", execution_profile()));
        const auto unknown = co_await std::move(replacing);
        REQUIRE(!unknown.has_value());
        CHECK(unknown.error().is(errc::not_found));
        CHECK(cluster.messages() == before);
        const auto counted = co_await app.metrics();
        CHECK(counted.counts.failures.all() == 0);
        co_await app.close();
    });
}

TEST_CASE("Profiles that cannot be are refused when a session is opened, and when one is to be put "
          "in another's place") {
    session_cluster cluster(1);
    const auto lost_rack = execution_profile().local_rack("r1");
    cluster.run([&]() -> asio::awaitable<void> {
        auto with_rack = cluster.options;
        with_rack.execution_profile("reports", lost_rack);
        const auto rack = co_await as_result(connect(with_rack));
        REQUIRE(!rack.has_value());
        CHECK(rack.error().is(errc::bad_configuration));
        CHECK(rack.error().message().find("'reports'") != std::string_view::npos);
        auto nameless = cluster.options;
        nameless.execution_profile("", execution_profile());
        const auto name = co_await as_result(connect(nameless));
        REQUIRE(!name.has_value());
        CHECK(name.error().is(errc::bad_configuration));

        auto app = co_await cluster.connected();
        auto replacing =
            as_result(app.replace_execution_profile(execution_profile::default_name, lost_rack));
        const auto refused = co_await std::move(replacing);
        REQUIRE(!refused.has_value());
        CHECK(refused.error().is(errc::bad_configuration));
        co_await app.query(read_cql);
        co_await app.close();
        auto closed = as_result(app.replace_execution_profile("default", execution_profile()));
        const auto late = co_await std::move(closed);
        REQUIRE(!late.has_value());
        CHECK(late.error().is(errc::connection_closed));
        session none;
        auto empty = as_result(none.replace_execution_profile("default", execution_profile()));
        const auto nobody = co_await std::move(empty);
        CHECK(nobody.error().is(errc::connection_closed));
    });
}

TEST_CASE("A connection has no profiles and no routes, and says so before anything is sent") {
    asio::io_context context(1);
    auto options = echo();
    scripted_node node(context, options);
    bool over = false;
    start(context, [](scripted_node& node, bool& over) -> asio::awaitable<void> {
        auto one = co_await connection::open(node.where());
        const auto find = co_await one.prepare("SELECT 1");
        const std::vector<statement_options> all = {
            by("reports"), statement_options().route(request_route::by_token(7)),
            statement_options().route(request_route::to_host(id_of(1)))};
        for (const auto& how : all) {
            auto text = as_result(one.query("SELECT 1", how));
            const auto refused = co_await std::move(text);
            REQUIRE(!refused.has_value());
            CHECK(refused.error().is(errc::invalid_argument));
            CHECK(refused.error().outcome() == request_outcome::not_sent);
            auto bound = as_result(one.execute(find, how));
            const auto other = co_await std::move(bound);
            REQUIRE(!other.has_value());
            CHECK(other.error().is(errc::invalid_argument));
        }
        CHECK(node.count(opcode::query) == 0);
        CHECK(node.count(opcode::execute) == 0);
        co_await one.query("SELECT 1", by("")); // which names none
        co_await one.close();
        node.stop();
        over = true;
    }(node, over));
    context.run();
    CHECK(over);
}

TEST_CASE("A profile has a data centre and a rack of its own, and the session connections to all "
          "that its profiles use") {
    for (const std::uint32_t shards : {0U, 2U}) {
        session_cluster cluster(4, shards);
        have_datacenters(cluster, datacenter_names{"dc1", "dc1", "dc2", "dc2"});
        cluster.options.local_datacenter("dc1").local_rack("r1");
        cluster.options.execution_profile("reports", execution_profile().local_datacenter("dc2"));
        cluster.options.execution_profile("wide",
                                          execution_profile().local_datacenter("").local_rack(""));
        cluster.options.execution_profile("nowhere", execution_profile().local_datacenter("dc3"));
        auto far = execution_profile().local_datacenter("dc3").remote_hosts();
        cluster.options.execution_profile("far", far);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto hosts = co_await app.hosts();
            for (int i = 1; i <= 4; ++i)
                CHECK(connections_to(hosts, i) == std::max(1U, shards));
            const auto usual = co_await asked_by(cluster, app, "");
            CHECK(usual == std::set<int>{1, 2});
            const auto reports = co_await asked_by(cluster, app, "reports");
            CHECK(reports == std::set<int>{3, 4});
            const auto wide = co_await asked_by(cluster, app, "wide");
            CHECK(wide == std::set<int>{1, 2, 3, 4});
            const auto remote = co_await asked_by(cluster, app, "far");
            CHECK(remote == std::set<int>{1, 2, 3, 4});
            cluster.requests.clear();
            auto asking = as_result(app.query(read_cql, by("nowhere")));
            const auto none = co_await std::move(asking);
            REQUIRE(!none.has_value());
            CHECK(none.error().is(errc::bad_configuration));
            CHECK(none.error().outcome() == request_outcome::not_sent);
            CHECK(none.error().message().find("'nowhere'") != std::string_view::npos);
            CHECK(cluster.requests.empty());
            // What may not leave its data centre stays there, by the profile's.
            const auto near = by("far").consistency(consistency::local_serial);
            auto staying = as_result(app.query(read_cql, near));
            const auto stayed = co_await std::move(staying);
            REQUIRE(!stayed.has_value());
            CHECK(stayed.error().is(errc::no_host_available));
            co_await app.close();
        });
    }
}

TEST_CASE(
    "A request that cannot be sent to one node of its profile goes to another one of it only") {
    session_cluster cluster(4);
    have_datacenters(cluster, datacenter_names{"dc1", "dc1", "dc2", "dc2"});
    cluster.options.local_datacenter("dc1");
    cluster.options.connection().max_in_flight(1);
    cluster.options.execution_profile(
        "reports", execution_profile().local_datacenter("dc2").busy(when_busy::refuse));
    for (const int number : {3, 4})
        cluster.node(number).options().silent_statement = "SELECT silence";
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto never = [](session app) -> asio::awaitable<void> {
            auto asking = as_result(app.query("SELECT silence", by("reports")));
            static_cast<void>(co_await std::move(asking));
        };
        for (const std::uint64_t busy : {1U, 2U}) {
            start(cluster.context, never(app));
            const auto is_sent = [&]() -> asio::awaitable<bool> {
                const auto now = co_await app.metrics();
                co_return now.in_flight == busy;
            };
            co_await cluster.become(is_sent);
            cluster.requests.clear();
            for (int i = 0; i < 20; ++i) {
                const auto outcome = co_await as_result(app.query(read_cql, by("reports")));
                CHECK(outcome.has_value() == (busy == 1));
                if (!outcome) {
                    CHECK(outcome.error().is(errc::no_host_available));
                    CHECK(outcome.error().attempts().size() == 2);
                }
            }
            CHECK(cluster.nodes_asked().size() == 2 - busy);
            CHECK(!cluster.nodes_asked().contains(1));
            CHECK(!cluster.nodes_asked().contains(2));
        }
        co_await app.query(read_cql);
        co_await app.close();
    });
}

TEST_CASE("A node that joins is used by the profiles that it is near to") {
    session_cluster cluster(3);
    cluster.gone = {3};
    cluster.know_all();
    have_datacenters(cluster, datacenter_names{"dc1", "dc2", "dc2"});
    cluster.options.local_datacenter("dc1");
    cluster.options.execution_profile("reports", execution_profile().local_datacenter("dc2"));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto before = co_await asked_by(cluster, app, "reports");
        CHECK(before == std::set<int>{2});
        cluster.gone.clear();
        cluster.know_all();
        have_datacenters(cluster, datacenter_names{"dc1", "dc2", "dc2"});
        cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(app, 3);
        const auto after = co_await asked_by(cluster, app, "reports");
        CHECK(after == std::set<int>{2, 3});
        const auto usual = co_await asked_by(cluster, app, "");
        CHECK(usual == std::set<int>{1});
        co_await app.close();
    });
}
