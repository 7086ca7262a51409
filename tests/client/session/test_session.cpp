#include "cluster.hpp"
#include "core/routing/sharding.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <sstream>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

TEST_CASE("A session finds its cluster by one contact point and sends each request where its "
          "partition lives") {
    for_each_speech([](speech how) {
        session_cluster cluster(3, 0, how);
        options one(cluster.node(2).where());
        one.connection(cluster.options.connection());
        cluster.options = one;
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto find = co_await app.prepare(session_cluster::find_cql);
            for (int i = 0; i < 300; ++i) {
                const auto key = "key " + std::to_string(i);
                co_await app.execute(find, key);
            }
            co_await app.close();
        });
        CHECK(cluster.requests.size() == 300);
        CHECK(cluster.nodes_asked().size() == 3);
        for (const auto& each : cluster.requests)
            CHECK(each.node == cluster.owner_of(each.key));
        // One for requests to each, and the control connection.
        CHECK(cluster.node(1).accepted() + cluster.node(2).accepted() +
                  cluster.node(3).accepted() ==
              4);
    });
}

TEST_CASE("On ScyllaDB each request goes to the shard that has its partition") {
    for_each_speech([](speech how) {
        session_cluster cluster(3, 4, how);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto find = co_await app.prepare(session_cluster::find_cql);
            for (int i = 0; i < 200; ++i) {
                const auto key = "key " + std::to_string(i);
                co_await app.execute(find, key);
            }
            co_await app.close();
        });
        CHECK(cluster.requests.size() == 200);
        const routing::sharding shards(4, 12);
        for (const auto& each : cluster.requests) {
            CHECK(each.node == cluster.owner_of(each.key));
            CHECK(each.shard == shards.shard_of(routing::token(cluster.token_of(each.key))));
        }
    });
}

TEST_CASE(
    "Several replicas share the work, and a conditional statement goes to the first of them") {
    session_cluster cluster(3);
    cluster.have_keyspace(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        for (int i = 0; i < 60; ++i)
            co_await app.execute(find, "one key");
        CHECK(cluster.nodes_asked().size() == 3);
        cluster.requests.clear();
        const auto serial = statement_options().consistency(consistency::serial);
        for (int i = 0; i < 20; ++i)
            co_await app.execute(find, serial, "one key");
        CHECK(cluster.nodes_asked() == std::set<int>{cluster.owner_of("one key")});
        co_await app.close();
    });
}

TEST_CASE("A batch goes to where the first of its prepared statements has its partition") {
    session_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto insert = co_await app.prepare("INSERT INTO app.t (k, v) VALUES (?, ?)");
        for (int i = 0; i < 50; ++i) {
            const auto key = "key " + std::to_string(i);
            batch several;
            several.add("DELETE FROM app.t WHERE k = 'x'").add(insert, key, "v");
            cluster.requests.clear();
            co_await app.execute(several);
            CHECK(cluster.requests.size() == 1);
            // Another node may be asked first, which has to be told the statement.
            CHECK(cluster.requests.back().node == cluster.owner_of(key));
        }
        co_await app.close();
    });
}

TEST_CASE("Where nothing says where the data is all near nodes are asked") {
    session_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (int i = 0; i < 60; ++i)
            co_await app.query("SELECT v FROM app.t");
        CHECK(cluster.nodes_asked().size() == 3);
        const auto count = co_await app.prepare("SELECT count(*) FROM app.t WHERE v = ?");
        cluster.requests.clear();
        for (int i = 0; i < 60; ++i)
            co_await app.execute(count, "x"); // its marker is no key
        CHECK(cluster.nodes_asked().size() == 3);
        co_await app.close();
    });
}

TEST_CASE("A statement is prepared once, however many want it, and each node gets to know it") {
    session_cluster cluster(3);
    const auto prepares = [&] {
        std::size_t count = 0;
        for (const auto& each : cluster.nodes)
            count += each->count(opcode::prepare);
        return count;
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto before = prepares();
        using namespace asio::experimental::awaitable_operators;
        auto three = app.prepare(session_cluster::find_cql) &&
                     app.prepare(session_cluster::find_cql) &&
                     app.prepare(session_cluster::find_cql);
        auto [first, second, third] = co_await std::move(three);
        CHECK(first.content() == second.content());
        CHECK(first.content() == third.content());
        CHECK(prepares() == before + 1);
        for (int i = 0; i < 100; ++i)
            co_await app.query("SELECT v FROM app.t WHERE k = ?", "key " + std::to_string(i));
        CHECK(prepares() == before + 3); // by the two others, when they were asked
        CHECK(cluster.requests.size() == 100);
        co_await app.close();
    });
}

TEST_CASE("A statement that a server refuses is refused to all who wait for it") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto before = cluster.node(1).count(opcode::prepare);
        cluster.node(1).options().refused[opcode::prepare] = {
            server_error_code::syntax_error, "no viable alternative", {}};
        using namespace asio::experimental::awaitable_operators;
        auto both = as_result(app.prepare("SELEC")) && as_result(app.prepare("SELEC"));
        const auto [first, second] = co_await std::move(both);
        CHECK(first.error().server()->code == server_error_code::syntax_error);
        CHECK(second.error().server()->code == server_error_code::syntax_error);
        CHECK(cluster.node(1).count(opcode::prepare) == before + 1);
        cluster.node(1).options().refused.clear();
        co_await app.prepare("SELEC"); // it is asked again
        co_await app.close();
    });
}

TEST_CASE("Who waits for another's PREPARE waits for as long as its own time-out, and takes over "
          "where the other gives up") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.node(1).options().answered_prepares = 0;
        using namespace asio::experimental::awaitable_operators;
        const auto begun = std::chrono::steady_clock::now();
        auto both = as_result(app.prepare("SELECT 1", statement_options().timeout(300ms))) &&
                    as_result(app.prepare("SELECT 1", statement_options().timeout(100ms)));
        const auto [first, second] = co_await std::move(both);
        CHECK(first.error().is(errc::timed_out));
        CHECK(second.error().is(errc::timed_out));
        CHECK(second.error().outcome() == request_outcome::not_sent);
        CHECK(std::chrono::steady_clock::now() - begun < 5s);

        const auto answer_soon = [&]() -> asio::awaitable<bool> {
            asio::steady_timer soon(cluster.context, 25ms);
            co_await soon.async_wait(asio::use_awaitable);
            cluster.node(1).options().answered_prepares = static_cast<std::size_t>(-1);
            co_return true;
        };
        auto giving_up = as_result(app.prepare("SELECT 2", statement_options().timeout(50ms))) &&
                         as_result(app.prepare("SELECT 2", statement_options().timeout(10s))) &&
                         answer_soon();
        const auto [gave_up, took_over, answered] = co_await std::move(giving_up);
        CHECK(answered);
        CHECK(gave_up.error().is(errc::timed_out));
        CHECK(took_over.has_value());
        co_await app.close();
    });
}

TEST_CASE("USE is not prepared: it would change one connection of many") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (const auto* const cql :
             {"USE app", "use app;", " -- a\n/* b */ Use\tapp", "USE\"app\""}) {
            const auto refused = co_await as_result(app.prepare(cql));
            REQUIRE(!refused.has_value());
            CHECK(refused.error().is(errc::invalid_argument));
            CHECK(refused.error().outcome() == request_outcome::not_sent);
        }
        CHECK(cluster.requests.empty());
        co_await app.query("USELESS");
        co_await app.query("/ USE x");
        co_await app.query("");
        CHECK(cluster.requests.size() == 3);
        co_await app.close();
    });
}

TEST_CASE("Pages of a statement come one after another, each from a replica") {
    session_cluster cluster(3);
    cluster.answer = [](int, const testing::node_request& request) {
        const auto number =
            request.paging_state.empty() ? 0 : std::to_integer<int>(request.paging_state[0]);
        const auto rows = testing::rows_of({std::to_string(number)});
        if (number == 4)
            return std::optional(rows);
        const std::byte next{static_cast<unsigned char>(number + 1)};
        return std::optional(testing::with_more(rows, std::span(&next, 1)));
    };
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        auto pages = app.pages(find, "a key");
        int count = 0;
        for (;;) {
            const auto page = co_await pages.next();
            if (!page)
                break;
            ++count;
        }
        CHECK(count == 5);
        CHECK(cluster.nodes_asked() == std::set<int>{cluster.owner_of("a key")});
        auto texts = app.pages("SELECT v FROM app.t");
        CHECK((co_await texts.next()).has_value());
        co_await app.close();
    });
}

TEST_CASE("A node that is lost costs nothing that was not sent to it, and comes back") {
    session_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        cluster.node(2).stop();
        for (int i = 0; i < 300; ++i) {
            const auto key = "key " + std::to_string(i);
            const auto page = co_await as_result(app.execute(find, key));
            if (!page) // one that was on its way when it was stopped
                CHECK(page.error().outcome() != request_outcome::not_sent);
        }
        CHECK(cluster.requests.size() >= 299);
        CHECK(!cluster.nodes_asked().contains(2));
        const auto hosts = co_await app.hosts();
        CHECK(hosts.size() == 3);
        CHECK(hosts[0].connections == 1);
        CHECK(hosts[1].connections == 0);
        CHECK(hosts[1].is_used);
        co_await app.close();
    });
}

TEST_CASE("Nodes that join are used, and nodes that leave are not") {
    session_cluster cluster(3);
    cluster.gone = {3};
    cluster.ring_size = 3;
    cluster.know_all();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        CHECK((co_await app.hosts()).size() == 2);
        cluster.gone = {};
        cluster.know_all();
        cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(app, 3);
        const auto find = co_await app.prepare(session_cluster::find_cql);
        for (int i = 0; i < 100; ++i)
            co_await app.execute(find, "key " + std::to_string(i));
        CHECK(cluster.nodes_asked().size() == 3);

        cluster.gone = {3};
        cluster.know_all();
        cluster.tell_all(topology_change{"REMOVED_NODE", "127.0.0.3", cluster.port});
        co_await cluster.know_nodes(app, 2);
        cluster.requests.clear();
        for (int i = 0; i < 100; ++i)
            co_await app.execute(find, "key " + std::to_string(i));
        CHECK(cluster.nodes_asked() == std::set<int>{1, 2});
        co_await app.close();
    });
}

namespace {

struct thrown_by_the_application {};

/// Runs until it is so; how often the application's exception has come out of run() meanwhile.
template <class Condition>
int thrown_until(session_cluster& cluster, Condition condition) {
    int thrown = 0;
    cluster.context.restart();
    while (!condition())
        try {
            const auto ran = cluster.context.run_one();
            REQUIRE(ran != 0);
        } catch (const thrown_by_the_application&) {
            ++thrown;
        }
    return thrown;
}

template <class Work>
int thrown_while(session_cluster& cluster, Work work) {
    bool over = false;
    start(cluster.context, [](Work& work, bool& over) -> asio::awaitable<void> {
        auto doing = work();
        co_await std::move(doing);
        over = true;
    }(work, over));
    return thrown_until(cluster, [&] { return over; });
}

} // namespace

TEST_CASE("X23 a filter that throws does so out of the executor; the node is not used, and the "
          "session goes on") {
    session_cluster cluster(3);
    bool throws = true;
    cluster.options.filter([&](const host_info& each) {
        if (throws && each.where.host() == "127.0.0.2")
            throw thrown_by_the_application();
        return true;
    });
    session app;
    const int thrown = thrown_while(cluster, [&]() -> asio::awaitable<void> {
        app = co_await cluster.connected();
        for (int i = 0; i < 30; ++i)
            co_await app.query("SELECT v FROM app.t");
        CHECK(cluster.nodes_asked() == std::set<int>{1, 3});
    });
    CHECK(thrown >= 1);
    throws = false;
    cluster.tell_all(topology_change{"NEW_NODE", "127.0.0.3", 9042});
    CHECK(thrown_while(cluster, [&]() -> asio::awaitable<void> {
              co_await cluster.know_nodes(app, 3);
              co_await app.close();
          }) == 0);
}

TEST_CASE("A filter and a local data centre keep requests away from nodes, and what keeps them "
          "from all of them is an error that says so") {
    session_cluster cluster(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto filtered = cluster.options;
        filtered.filter([](const host_info& each) { return each.where.host() != "127.0.0.2"; });
        auto app = co_await connect(filtered);
        co_await app.ready();
        cluster.requests.clear();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        for (int i = 0; i < 100; ++i)
            co_await app.execute(find, "key " + std::to_string(i));
        CHECK(cluster.nodes_asked() == std::set<int>{1, 3});
        const auto hosts = co_await app.hosts();
        CHECK(!hosts[1].is_used);
        CHECK(hosts[0].datacenter == "dc1");
        co_await app.close();

        auto elsewhere = cluster.options;
        elsewhere.local_datacenter("dc2");
        const auto none = co_await as_result(connect(elsewhere));
        CHECK(none.error().is(errc::bad_configuration));
        CHECK(std::string(none.error().advice()).find("dc1") != std::string::npos);
        auto remote = cluster.options;
        remote.local_datacenter("dc2").remote_hosts();
        auto far = co_await connect(remote);
        co_await far.query("SELECT v FROM app.t");
        co_await far.close();
    });
}

TEST_CASE("Contact points are texts, however they are held, and endpoints, mixed") {
    const std::string text = "127.0.0.1:9999";
    const std::string_view view = text;
    const endpoint exact("127.0.0.1", 9999);
    const options all(text, view, "127.0.0.1:9999", text.c_str(), exact, std::string(text));
    CHECK(all.contact_points() == std::vector<endpoint>(6, exact));
    CHECK(!all.failure());
    options one(text);
    one.contact_point(text).contact_point(exact).contact_point("[::1]");
    CHECK(one.contact_points().size() == 4);
    CHECK(one.contact_points()[0] == exact);
    CHECK(one.contact_points()[3].host() == "::1");
    const options copy(one);
    CHECK(copy.contact_points().size() == 4);
    CHECK(options(text, "a:b:c").failure()->is(errc::invalid_argument));
    std::ostringstream out;
    out << exact;
    CHECK(out.str() == text);
}

TEST_CASE("connect() says what became of each node that it could not use") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto nowhere = options(endpoint("127.0.0.1", 1));
        const auto dead = co_await as_result(connect(nowhere));
        CHECK(dead.error().is(errc::connect_failed));

        options unreadable("http://node", "127.0.0.1");
        const auto bad = co_await as_result(connect(unreadable));
        CHECK(bad.error().is(errc::invalid_argument));
        const auto none = co_await as_result(connect(options()));
        CHECK(none.error().is(errc::bad_configuration));
    });
}

TEST_CASE("A keyspace that is not there is told by connect()") {
    session_cluster cluster(2);
    for (int i = 1; i <= 2; ++i) {
        auto& behaviour = cluster.node(i).options();
        behaviour.answer_request =
            [i,
             &cluster](const testing::node_request& request) -> std::optional<testing::node_reply> {
            if (request.cql.starts_with("USE "))
                return testing::error_of(server_error{
                    server_error_code::invalid, "Keyspace 'nowhere' does not exist", {}});
            return cluster.tables_of(i).answer(request);
        };
    }
    cluster.run([&]() -> asio::awaitable<void> {
        auto missing = cluster.options;
        missing.keyspace("nowhere");
        const auto failed = co_await as_result(connect(missing));
        CHECK(failed.error().is(errc::no_host_available));
        CHECK(failed.error().attempts().size() == 2);
        CHECK(failed.error().server()->message == "Keyspace 'nowhere' does not exist");
        const std::string told = failed.error().what();
        std::size_t times = 0;
        for (auto at = told.find("does not exist"); at != told.npos;
             at = told.find("does not exist", at + 1))
            ++times;
        CHECK(times == 2); // once for each node
        CHECK(told.find("create the keyspace") != told.npos);
    });
}

TEST_CASE("After close() nothing runs any more, and every operation says that it is closed") {
    session_cluster cluster(3, 2);
    session app;
    cluster.run([&]() -> asio::awaitable<void> {
        app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        co_await app.close();
        co_await app.close();
        const auto after = co_await as_result(app.execute(find, "key"));
        CHECK(after.error().is(errc::connection_closed));
        CHECK(after.error().outcome() == request_outcome::not_sent);
        const auto query = co_await as_result(app.query("SELECT v FROM app.t"));
        CHECK(query.error().is(errc::connection_closed));
        const auto ready = co_await as_result(app.ready());
        CHECK(ready.error().is(errc::connection_closed));
        const auto known = co_await as_result(app.prepare(session_cluster::find_cql));
        CHECK(known.error().is(errc::connection_closed));
        const auto hosts = co_await app.hosts();
        CHECK(hosts.size() == 3);
        CHECK(hosts[0].connections == 0);
        for (const auto& each : cluster.nodes)
            each->stop();
        for (const auto& each : cluster.by_source)
            each->stop();
    });
    cluster.context.restart();
    cluster.context.run(); // and it ends
}

TEST_CASE("A session whose last handle is gone ends by itself") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        const auto app = co_await cluster.connected();
        static_cast<void>(app);
    });
    for (const auto& each : cluster.nodes)
        each->stop();
    cluster.context.restart();
    cluster.context.run();
}

TEST_CASE("An empty session crashes in no operation") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        session app;
        CHECK(!app);
        const auto query = co_await as_result(app.query("SELECT 1"));
        CHECK(query.error().is(errc::connection_closed));
        const auto prepare = co_await as_result(app.prepare("SELECT 1"));
        CHECK(prepare.error().is(errc::connection_closed));
        const auto several = co_await as_result(app.execute(batch()));
        CHECK(several.error().is(errc::connection_closed));
        const auto nothing = co_await as_result(app.execute(prepared_statement()));
        CHECK(nothing.error().is(errc::connection_closed));
        const auto ready = co_await as_result(app.ready());
        CHECK(ready.error().is(errc::connection_closed));
        const auto hosts = co_await as_result(app.hosts());
        CHECK(hosts.error().is(errc::connection_closed));
        co_await app.close();
        CHECK(app.get_executor() == asio::any_io_executor());

        auto whole = co_await cluster.connected();
        const auto unprepared = co_await as_result(whole.execute(prepared_statement()));
        CHECK(unprepared.error().is(errc::invalid_argument));
        co_await whole.close();
    });
}

TEST_CASE("An io_context that is destroyed takes a session along, in the middle of anything") {
    for (const int turns : {0, 5, 20, 40, 60, 80, 100, 150, 1000}) {
        session left;
        {
            session_cluster cluster(2, 2);
            start(cluster.context,
                  [](session_cluster& all, session& left) -> asio::awaitable<void> {
                      left = co_await connect(all.options);
                      auto waiting = left.ready();
                      co_await std::move(waiting);
                      const auto find = co_await left.prepare(session_cluster::find_cql);
                      for (;;)
                          co_await left.execute(find, "a key");
                  }(cluster, left));
            for (int i = 0; i < turns; ++i)
                cluster.context.run_one();
        }
    }
}

TEST_CASE("Operations awaited on other threads cross over and come back") {
    session_cluster cluster(3);
    asio::thread_pool others(2);
    session app;
    cluster.run([&]() -> asio::awaitable<void> { app = co_await cluster.connected(); });
    std::vector<std::future<void>> done;
    for (int thread = 0; thread < 2; ++thread)
        done.push_back(asio::co_spawn(
            others,
            [](session app, int thread) -> asio::awaitable<void> {
                const auto find = co_await app.prepare(session_cluster::find_cql);
                for (int i = 0; i < 50; ++i)
                    co_await app.execute(find, "key " + std::to_string(thread * 50 + i));
                co_await app.ready();
                const auto hosts = co_await app.hosts();
                if (hosts.size() != 3)
                    throw std::runtime_error("three hosts");
            }(app, thread),
            asio::use_future));
    cluster.until([&] {
        return std::ranges::all_of(
            done, [](const auto& each) { return each.wait_for(0s) == std::future_status::ready; });
    });
    for (auto& each : done)
        each.get();
    for (const auto& each : cluster.requests)
        CHECK(each.node == cluster.owner_of(each.key));
    CHECK(cluster.requests.size() == 100);
    cluster.run([&]() -> asio::awaitable<void> { co_await app.close(); });
    others.join();
}

TEST_CASE("connect(), ready() and prepare() can be cancelled") {
    session_cluster cluster(1);
    cluster.node(1).options().silent = testing::silence::at_query;
    cluster.run([&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        asio::steady_timer soon(cluster.context, 50ms);
        auto racing = as_result(connect(cluster.options)) || soon.async_wait(asio::use_awaitable);
        const auto outcome = co_await std::move(racing);
        CHECK(outcome.index() == 1);
        cluster.node(1).options().silent = testing::silence::never;
        auto app = co_await cluster.connected();
        cluster.node(1).options().answered_prepares = 0;
        soon.expires_after(50ms);
        auto preparing = as_result(app.prepare("SELECT 1")) || soon.async_wait(asio::use_awaitable);
        const auto prepared = co_await std::move(preparing);
        CHECK(prepared.index() == 1);
        co_await app.close();
    });
}
