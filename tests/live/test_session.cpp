#include "live.hpp"
#include "schema.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;

namespace {

options cluster_options() {
    options how(live::tls());
    how.connection(live::login(tls_options().ca_file(live::variable("COCQL_CA"))));
    return how;
}

/// A connection to each node, which it is asked of itself by.
class witnesses {
  public:
    asio::awaitable<void> open(session app) {
        const auto hosts = co_await app.hosts();
        for (const auto& each : hosts)
            nodes_.push_back(co_await connection::open(each.where, cluster_options().connection()));
    }
    asio::awaitable<void> close() {
        for (auto& each : nodes_)
            co_await each.close();
    }
    std::size_t size() const noexcept { return nodes_.size(); }
    connection& first() { return nodes_.front(); }

    /// Reads of a table that nodes were asked for by clients, all together.
    asio::awaitable<std::int64_t> coordinated(std::string keyspace) {
        co_return co_await sum("SELECT count FROM system_views.coordinator_read_latency WHERE "
                               "keyspace_name = '" +
                               keyspace + "' AND table_name = 'routed'");
    }
    /// Messages that nodes have sent to one another. A read that no replica was asked for takes
    /// two; besides, they gossip.
    asio::awaitable<std::int64_t> messages() {
        co_return co_await sum("SELECT sent_count FROM system_views.internode_outbound");
    }

  private:
    asio::awaitable<std::int64_t> sum(std::string cql) {
        std::int64_t all = 0;
        for (auto& each : nodes_) {
            const auto page = co_await each.query(cql);
            for (const auto& [count] : page.rows<std::int64_t>())
                all += count;
        }
        co_return all;
    }

    std::vector<connection> nodes_;
};

asio::awaitable<void> read_keys(session app, prepared_statement find, int first, int step,
                                int keys) {
    for (int i = first; i < keys; i += step)
        co_await app.execute(find, i);
}

/// Many at the same time.
asio::awaitable<void> read_all(session app, prepared_statement find, int keys) {
    constexpr int at_once = 64;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer over(executor, asio::steady_timer::time_point::max());
    int running = at_once;
    std::exception_ptr failure;
    for (int i = 0; i < at_once; ++i)
        asio::co_spawn(executor, read_keys(app, find, i, at_once, keys),
                       [&](std::exception_ptr thrown) {
                           if (thrown)
                               failure = thrown;
                           if (--running == 0)
                               over.cancel();
                       });
    co_await over.async_wait(asio::as_tuple(asio::use_awaitable));
    if (failure)
        std::rethrow_exception(failure);
}

asio::awaitable<void> replicas_are_asked(std::size_t copies) {
    auto app = co_await connect(cluster_options());
    co_await app.ready();
    witnesses nodes;
    co_await nodes.open(app);
    if (live::is_scylla(nodes.first())) {
        MESSAGE("left out: ScyllaDB does not tell of its messages by CQL");
    } else if (copies > nodes.size()) {
        MESSAGE("left out: there are " << nodes.size() << " nodes, and " << copies
                                       << " copies are asked for");
    } else {
        const auto keyspace = "live_routed_" + std::to_string(copies);
        co_await live::change_schema(nodes.first(),
                                     "CREATE KEYSPACE IF NOT EXISTS " + keyspace +
                                         " WITH replication = {'class': 'NetworkTopologyStrategy', "
                                         "'replication_factor': " +
                                         std::to_string(copies) + "}");
        co_await live::change_schema(nodes.first(), "CREATE TABLE IF NOT EXISTS " + keyspace +
                                                        ".routed (k int PRIMARY KEY, v text)");
        const int keys = nodes.size() == 1 ? 2'000 : 100'000;
        const auto cql = "SELECT v FROM " + keyspace + ".routed WHERE k = ?";
        const auto find = co_await app.prepare(cql);
        co_await read_all(app, find, 1'000); // all nodes get to know it, and the session its table
        const auto reads_before = co_await nodes.coordinated(keyspace);
        const auto messages_before = co_await nodes.messages();
        co_await read_all(app, find, keys);
        const auto messages = co_await nodes.messages() - messages_before;
        const auto reads = co_await nodes.coordinated(keyspace) - reads_before;
        CHECK(reads == keys);
        const auto share = 1 - static_cast<double>(messages) / 2 / keys;
        MESSAGE(nodes.size() << " nodes, " << copies << " copies: " << reads
                             << " reads, for which they sent each other " << messages
                             << " messages: at least " << 100 * share
                             << " % were asked of a replica");
        CHECK(share >= 0.99);
        if (copies < nodes.size()) {
            // That it can be seen: of one node most keys are asked in vain.
            const auto unrouted = co_await nodes.first().prepare(cql);
            const auto before = co_await nodes.messages();
            for (int i = 0; i < 2'000; ++i)
                co_await nodes.first().execute(unrouted, i);
            const auto more = co_await nodes.messages() - before;
            CHECK(more > 1'000);
        }
    }
    co_await nodes.close();
    co_await app.close();
}

asio::awaitable<void> all_forms() {
    auto app = co_await connect(cluster_options());
    const auto hosts = co_await app.hosts();
    CHECK(!hosts.empty());
    {
        auto node = co_await connection::open(live::plain(), live::login());
        co_await live::have_keyspace(node, "live");
        co_await live::change_schema(
            node, "CREATE TABLE IF NOT EXISTS live.session_forms (k int, c int, v text, "
                  "PRIMARY KEY (k, c))");
        co_await node.close();
    }
    const auto insert =
        co_await app.prepare("INSERT INTO live.session_forms (k, c, v) VALUES (?, ?, ?)");
    const auto again =
        co_await app.prepare("INSERT INTO live.session_forms (k, c, v) VALUES (?, ?, ?)");
    CHECK(insert.content() == again.content());
    batch several(batch_type::unlogged);
    for (int c = 0; c < 50; ++c)
        several.add(insert, 1, c, "row " + std::to_string(c));
    co_await app.execute(several);
    const auto all = statement_options().page_size(7);
    auto rows =
        app.pages(co_await app.prepare("SELECT c, v FROM live.session_forms WHERE k = ?"), all, 1)
            .rows<int, std::string>();
    int expected = 0;
    for (;;) {
        const auto row = co_await rows.next();
        if (!row)
            break;
        CHECK(std::get<0>(*row) == expected);
        ++expected;
    }
    CHECK(expected == 50);
    const auto one =
        co_await app.query("SELECT v FROM live.session_forms WHERE k = ? AND c = ?", 1, 3);
    for (const auto& [text] : one.rows<std::string>())
        CHECK(text == "row 3");
    const auto refused = co_await as_result(app.query("SELECT nothing FROM live.session_forms"));
    REQUIRE(!refused.has_value());
    CHECK(refused.error().server() != nullptr);
    const auto use = co_await as_result(app.query("USE live"));
    CHECK(use.error().is(errc::invalid_argument));
    co_await app.close();

    auto inside = cluster_options();
    inside.keyspace("live");
    auto there = co_await connect(inside);
    const auto found = co_await there.query("SELECT count(*) FROM session_forms WHERE k = ?", 1);
    for (const auto& [count] : found.rows<std::int64_t>())
        CHECK(count == 50);
    co_await there.close();

    auto wrong = cluster_options();
    wrong.login(live::variable("COCQL_USERNAME"), "not the password");
    const auto locked_out = co_await as_result(connect(wrong));
    REQUIRE(!locked_out.has_value());
    CHECK(locked_out.error().has(errc::authentication_failed));
    auto nowhere = cluster_options();
    nowhere.keyspace("there_is_none_such");
    const auto no_keyspace = co_await as_result(connect(nowhere));
    REQUIRE(!no_keyspace.has_value());
    CHECK(no_keyspace.error().is(errc::no_host_available));
}

} // namespace

TEST_CASE("A session does with a real cluster what a connection does, over TLS with a password") {
    live::run(all_forms());
}

TEST_CASE("Reads of prepared statements are asked of replicas, as the nodes count: one copy") {
    live::run(replicas_are_asked(1));
}

TEST_CASE("Reads of prepared statements are asked of replicas, as the nodes count: three copies") {
    live::run(replicas_are_asked(3));
}
