#include "cluster.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

TEST_CASE("Who takes over another's PREPARE has no more time than it was given") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.node(1).options().answered_prepares = 0;
        const auto begun = std::chrono::steady_clock::now();
        auto both = as_result(app.prepare("SELECT 1", statement_options().timeout(900ms))) &&
                    as_result(app.prepare("SELECT 1", statement_options().timeout(1'000ms)));
        const auto [first, second] = co_await std::move(both);
        const auto taken = std::chrono::steady_clock::now() - begun;
        CHECK(first.error().is(errc::timed_out));
        CHECK(second.error().is(errc::timed_out));
        CHECK(taken < 1'800ms); // where it began anew: 1.9 s
        co_await app.close();
    });
}

TEST_CASE("R27 to prepare with no time, or less than none, fails at once, however little it is") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.node(1).options().answered_prepares = 0;
        int number = 0;
        for (const auto limit :
             {time_limit(0s), time_limit(-1h), time_limit(std::chrono::hours::min()),
              time_limit(std::chrono::steady_clock::duration::min())}) {
            auto asking = app.prepare("SELECT " + std::to_string(++number),
                                      statement_options().timeout(limit));
            const auto refused = co_await as_result(std::move(asking));
            REQUIRE(!refused.has_value());
            CHECK(refused.error().is(errc::timed_out));
        }
        co_await app.close();
    });
}

TEST_CASE("One PREPARE is enough for all who ask at once, also where none is remembered") {
    session_cluster cluster(1);
    cluster.options.remembered_statements(0);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto before = cluster.node(1).count(opcode::prepare);
        auto three = app.prepare(session_cluster::find_cql) &&
                     app.prepare(session_cluster::find_cql) &&
                     app.prepare(session_cluster::find_cql);
        co_await std::move(three);
        CHECK(cluster.node(1).count(opcode::prepare) == before + 1);
        co_await app.prepare(session_cluster::find_cql);
        CHECK(cluster.node(1).count(opcode::prepare) == before + 2);
        co_await app.close();
    });
}

TEST_CASE("A statement whose markers have other types now is prepared anew where one asks for it") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        cluster.node(1).options().parameters = [](const std::string&) {
            return std::vector<column>{{"app", "t", "k", data_type::kind::int_}};
        };
        bool forgotten = false;
        cluster.node(1).options().forgets = [&](const std::string&) {
            return !std::exchange(forgotten, true);
        };
        const auto stale = co_await as_result(app.execute(find, "a key"));
        REQUIRE(!stale.has_value());
        CHECK(stale.error().advice() == "prepare the statement anew");
        const auto anew = co_await app.prepare(session_cluster::find_cql);
        CHECK(anew.parameters().at(0).type == data_type(data_type::kind::int_));
        co_await app.execute(anew, 7);
        co_await app.query("SELECT v FROM app.t WHERE k = ?", 7);
        co_await app.close();
    });
}

TEST_CASE("What is remembered of a table's statements is forgotten when the table is another one") {
    session_cluster cluster(1);
    cluster.have_table(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto again = co_await app.prepare(session_cluster::find_cql);
        CHECK(again.content() == find.content());
        cluster.have_table(2);
        cluster.tell_all(schema_change{"UPDATED", "TABLE", "app", "t", {}});
        const auto is_another = [&]() -> asio::awaitable<bool> {
            const auto now = co_await app.prepare(session_cluster::find_cql);
            co_return now.content() != find.content();
        };
        co_await cluster.become(is_another);
        co_await app.close();
    });
}

TEST_CASE("LOCAL_SERIAL stays in its data centre, whatever is allowed otherwise") {
    session_cluster cluster(2);
    cluster.options.local_datacenter("dc2").remote_hosts();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        co_await app.execute(find, "key"); // dc2 has no nodes: the others are asked
        cluster.requests.clear();
        const auto reads = statement_options().consistency(consistency::local_serial);
        const auto writes = statement_options().serial_consistency(consistency::local_serial);
        for (const auto& each : {reads, writes}) {
            const auto refused = co_await as_result(app.execute(find, each, "key"));
            CHECK(refused.error().is(errc::no_host_available));
            CHECK(refused.error().outcome() == request_outcome::not_sent);
            const auto text = co_await as_result(app.query("SELECT v FROM app.t", each));
            CHECK(text.error().is(errc::no_host_available));
        }
        CHECK(cluster.requests.empty());
        co_await app.close();

        auto rack = cluster.options;
        rack.local_datacenter("").local_rack("r1");
        const auto alone = co_await as_result(connect(rack));
        CHECK(alone.error().is(errc::bad_configuration));
    });
}
