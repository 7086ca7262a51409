#include "cluster.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <optional>
#include <random>
#include <utility>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;

namespace {

/// A file of a session's, which is replaced by another one.
class replaced_file {
  public:
    explicit replaced_file(const std::string& by)
        : path_(std::filesystem::temp_directory_path() /
                ("cocql_session_" + std::to_string(std::random_device()()))) {
        is_now(by);
    }
    ~replaced_file() { std::filesystem::remove(path_); }
    replaced_file(const replaced_file&) = delete;
    replaced_file& operator=(const replaced_file&) = delete;

    void is_now(const std::string& other) const {
        std::filesystem::copy_file(certificate(other), path_,
                                   std::filesystem::copy_options::overwrite_existing);
    }
    std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

void for_each_tls(const std::function<void(speech)>& test) {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        test(how);
    }
}

std::size_t refused_by_client(const testing::scripted_node& node) {
    return static_cast<std::size_t>(std::ranges::count_if(node.endings(), [](const auto& each) {
        return each.find("unknown CA") != std::string::npos;
    }));
}

asio::awaitable<std::size_t> ask(session& app, int times) {
    std::size_t answered = 0;
    for (int i = 0; i < times; ++i) {
        auto asking = app.query("SELECT v FROM app.t");
        const auto page = co_await as_result(std::move(asking));
        answered += page ? 1U : 0U;
    }
    co_return answered;
}

} // namespace

TEST_CASE("Of a node's ten connections nine resume, and no node is shown another one's ticket") {
    for_each_tls([](speech how) {
        session_cluster cluster(3, 0, how);
        cluster.options.connections_per_shard(10);
        // Otherwise each node's own address would be verified, which tells tickets apart, too.
        cluster.options.tls(
            tls_options().ca_file(certificate("ca.pem")).server_hostname("localhost"));
        session_metrics counted;
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            counted = co_await app.metrics();
            co_await app.close();
        });
        // The first node's full one is the control connection's, which is no pool's.
        CHECK(counted.counts.handshakes_full == 2);
        CHECK(counted.counts.handshakes_resumed == 28);
        std::size_t full = 0;
        for (int i = 1; i <= cluster.size(); ++i) {
            const auto& node = cluster.node(i);
            MESSAGE(name_of(how) << ": node " << i << " resumed " << node.resumed() << " of "
                                 << node.accepted());
            // None was shown a ticket that is not its own: that is a full handshake, too.
            CHECK(node.accepted() - node.resumed() == 1);
            full += node.accepted() - node.resumed();
        }
        CHECK(full == 3);
        CHECK(cluster.node(1).accepted() + cluster.node(2).accepted() +
                  cluster.node(3).accepted() ==
              31);
    });
}

TEST_CASE("Without TLS no handshakes are counted") {
    session_cluster cluster(1);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto counted = co_await app.metrics();
        CHECK(counted.counts.connections_opened == 1);
        CHECK(counted.counts.handshakes_full == 0);
        CHECK(counted.counts.handshakes_resumed == 0);
        co_await app.close();
    });
}

TEST_CASE("Shards of a node share its tickets, whichever port leads there") {
    for_each_tls([](speech how) {
        session_cluster cluster(2, 4, how);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            co_await app.close();
        });
        for (std::size_t i = 0; i < 2; ++i) {
            const auto accepted = cluster.nodes[i]->accepted() + cluster.by_source[i]->accepted();
            const auto resumed = cluster.nodes[i]->resumed() + cluster.by_source[i]->resumed();
            CHECK(cluster.by_source[i]->accepted() == cluster.by_source[i]->resumed());
            CHECK(accepted >= 4);
            CHECK(accepted - resumed == 1);
        }
    });
}

TEST_CASE("A lost control connection is replaced by one that resumes a session of its node's") {
    for_each_tls([](speech how) {
        session_cluster cluster(1, 0, how);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto before = cluster.node(1).accepted();
            CHECK(before == 2);
            cluster.node(1).drop_connections();
            const auto back = [&]() -> asio::awaitable<bool> {
                co_return cluster.node(1).resumed() >= 3;
            };
            co_await cluster.become(back);
            CHECK(cluster.node(1).accepted() - cluster.node(1).resumed() == 1);
            co_await app.close();
        });
    });
}

TEST_CASE("reload_tls() with another authority refuses a node, and no ticket slips past it") {
    for_each_tls([](speech how) {
        session_cluster cluster(2, 0, how);
        const replaced_file authority("ca.pem");
        cluster.options.tls(tls_options().ca_file(authority.path()));
        cluster.options.connections_per_shard(3);
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto resumed = [&] {
                return cluster.node(1).resumed() + cluster.node(2).resumed();
            };
            const auto refused = [&] {
                return std::min(refused_by_client(cluster.node(1)),
                                refused_by_client(cluster.node(2)));
            };
            CHECK(resumed() == 5); // of 7

            authority.is_now("wrong_ca.pem");
            co_await app.reload_tls();
            const auto are_refused = [&]() -> asio::awaitable<bool> { co_return refused() >= 2; };
            co_await cluster.become(are_refused);
            CHECK(resumed() == 5);
            // Those from before serve on, for want of others.
            auto answered = co_await ask(app, 10);
            CHECK(answered == 10);
            // And what is lost cannot come back.
            cluster.node(1).drop_connections();
            cluster.node(2).drop_connections();
            const auto none_left = [&]() -> asio::awaitable<bool> {
                const auto hosts = co_await app.hosts();
                co_return hosts[0].connections + hosts[1].connections == 0;
            };
            co_await cluster.become(none_left);
            answered = co_await ask(app, 3);
            CHECK(answered == 0);
            CHECK(resumed() == 5);

            authority.is_now("ca.pem");
            co_await app.reload_tls();
            co_await cluster.know_nodes(app, 2);
            co_await app.ready();
            answered = co_await ask(app, 10);
            CHECK(answered == 10);
            co_await app.close();
        });
    });
}

TEST_CASE("reload_tls() replaces every connection, fails nothing, and closes those from before") {
    for_each_tls([](speech how) {
        session_cluster cluster(2, 0, how);
        const replaced_file authority("ca.pem");
        cluster.options.tls(tls_options().ca_file(authority.path()));
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            const auto ended = [&] {
                std::size_t count = 0;
                for (const auto& each : cluster.nodes)
                    count += static_cast<std::size_t>(std::ranges::count(each->endings(), "end"));
                return count;
            };
            const auto full = [&] {
                std::size_t count = 0;
                for (const auto& each : cluster.nodes)
                    count += each->accepted() - each->resumed();
                return count;
            };
            CHECK(full() == 2);
            CHECK(ended() == 0);
            std::size_t answered = 0;
            bool asked = false;
            start(cluster.context,
                  [](session app, std::size_t& answered, bool& asked) -> asio::awaitable<void> {
                      answered = co_await ask(app, 200);
                      asked = true;
                  }(app, answered, asked));
            co_await app.reload_tls();
            const auto all_replaced = [&]() -> asio::awaitable<bool> { co_return ended() == 3; };
            co_await cluster.become(all_replaced);
            const auto all_asked = [&]() -> asio::awaitable<bool> { co_return asked; };
            co_await cluster.become(all_asked);
            CHECK(answered == 200);
            co_await cluster.know_nodes(app, 2);
            CHECK(full() == 4); // each node has shown its certificate again
            co_await app.close();
        });
    });
}

TEST_CASE("What reload_tls() cannot read leaves everything as it is") {
    for_each_tls([](speech how) {
        session_cluster cluster(1, 0, how);
        const replaced_file authority("ca.pem");
        cluster.options.tls(tls_options().ca_file(authority.path()));
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            authority.is_now("ca.key");
            auto reloading = app.reload_tls();
            const auto outcome = co_await as_result(std::move(reloading));
            REQUIRE(!outcome);
            CHECK(outcome.error().is(errc::bad_configuration));
            CHECK(std::string(outcome.error().what()).find(authority.path()) != std::string::npos);
            cluster.node(1).drop_connections();
            const auto back = [&]() -> asio::awaitable<bool> {
                co_return cluster.node(1).resumed() >= 3;
            };
            co_await cluster.become(back); // with the context and the tickets from before
            co_await app.close();
            auto late = app.reload_tls();
            const auto closed = co_await as_result(std::move(late));
            CHECK(closed.error().is(errc::connection_closed));
        });
    });
}

TEST_CASE("reload_tls() says so where there are no files") {
    session_cluster plain(1);
    plain.run([&]() -> asio::awaitable<void> {
        auto app = co_await plain.connected();
        auto reloading = app.reload_tls();
        const auto outcome = co_await as_result(std::move(reloading));
        REQUIRE(!outcome);
        CHECK(outcome.error().is(errc::invalid_argument));
        co_await app.close();
        session none;
        auto of_none = none.reload_tls();
        const auto empty = co_await as_result(std::move(of_none));
        CHECK(empty.error().is(errc::connection_closed));
    });
    session_cluster cluster(1, 0, speech::tls_1_3);
    auto ready = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    ready->load_verify_file(certificate("ca.pem"));
    cluster.options.tls(tls_options().context(ready)).connections_per_shard(3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        auto reloading = app.reload_tls();
        const auto outcome = co_await as_result(std::move(reloading));
        REQUIRE(!outcome);
        CHECK(outcome.error().is(errc::invalid_argument));
        co_await app.close();
    });
    CHECK(cluster.node(1).accepted() == 4);
    CHECK(cluster.node(1).resumed() == 0);
}

namespace {

/// Connections for requests that nodes have, also those that take no more.
std::size_t open_at(const session_cluster& cluster) {
    std::size_t open = 0;
    for (const auto* const all : {&cluster.nodes, &cluster.by_source})
        for (const auto& each : *all)
            open += each->shards_of_connections().size();
    return open;
}

asio::awaitable<void> become_open(session_cluster& cluster, std::size_t count) {
    const auto so = [&cluster, count]() -> asio::awaitable<bool> {
        co_return open_at(cluster) == count;
    };
    return cluster.become(so);
}

asio::awaitable<void> become_in_flight(session_cluster& cluster, session& app, std::size_t count) {
    const auto so = [&app, count]() -> asio::awaitable<bool> {
        const auto now = co_await app.metrics();
        co_return now.in_flight == count;
    };
    return cluster.become(so);
}

} // namespace

TEST_CASE(
    "A statement that a node has forgotten is prepared again also on a connection that is being "
    "replaced") {
    session_cluster cluster(1, 0, speech::tls_1_3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        bool replaced = false;
        cluster.node(1).options().delay = [&](const std::string& cql) {
            return std::chrono::milliseconds(cql == session_cluster::find_cql && !replaced ? 200
                                                                                           : 0);
        };
        const std::vector<std::byte> id(find.id().begin(), find.id().end());
        bool forgotten = false;
        cluster.answer = [&](int, const node_request& request) -> std::optional<node_reply> {
            if (request.cql != session_cluster::find_cql || std::exchange(forgotten, true))
                return std::nullopt;
            return error_of(server_error{server_error_code::unprepared, "it was forgotten",
                                         unprepared_details{id}});
        };
        std::optional<result<page>> answer;
        start(cluster.context,
              [](session& app, const prepared_statement& find,
                 std::optional<result<page>>& answer) -> asio::awaitable<void> {
                  auto asking = app.execute(find, "a key");
                  answer = co_await as_result(std::move(asking));
              }(app, find, answer));
        co_await become_in_flight(cluster, app, 1);
        co_await app.reload_tls();
        replaced = true;
        const auto ended = [&]() -> asio::awaitable<bool> { co_return answer.has_value(); };
        auto waiting = cluster.become(ended);
        co_await std::move(waiting);
        CHECK_MESSAGE(answer->has_value(),
                      (*answer ? std::string() : std::string(answer->error().what())));
        CHECK(forgotten);
        co_await app.close();
    });
}

TEST_CASE("A replaced connection is closed when those who waited for an answer, or for an id, have "
          "given up") {
    session_cluster cluster(1, 0, speech::tls_1_3);
    cluster.node(1).options().silent_statement = "SELECT silent";
    cluster.options.connection().max_in_flight(1).heartbeat(time_limit(std::nullopt),
                                                            std::chrono::seconds(1));
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        asio::cancellation_signal stops[2];
        int over = 0;
        for (auto& stop : stops)
            asio::co_spawn(cluster.context,
                           app.query("SELECT silent", statement_options().timeout(std::nullopt)),
                           asio::bind_cancellation_slot(
                               stop.slot(), [&over](std::exception_ptr, page) { ++over; }));
        co_await become_in_flight(cluster, app, 1);
        co_await app.reload_tls();
        co_await become_open(cluster, 2);
        for (auto& stop : stops) // the one that waits for an id last
            stop.emit(asio::cancellation_type::terminal);
        co_await become_open(cluster, 1);
        CHECK(over == 2);
        co_await app.close();
    });
}

TEST_CASE("Connections from before a reload are closed also where a shard cannot be had again") {
    session_cluster cluster(1, 2, speech::tls_1_3);
    cluster.options.shard_aware_port(false);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        CHECK(open_at(cluster) == 2);
        cluster.node(1).options().shard = [](std::uint16_t) { return 0; };
        co_await app.reload_tls();
        co_await become_open(cluster, 1);
        const auto now = co_await app.metrics();
        CHECK(now.connections == 1);
        CHECK(co_await ask(app, 10) == 10);
        co_await app.close();
    });
}

TEST_CASE("While connections are replaced each request goes to its own shard") {
    session_cluster cluster(1, 16, speech::tls_1_3);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto find = co_await app.prepare(session_cluster::find_cql);
        const auto before = co_await app.metrics();
        co_await app.reload_tls();
        for (int i = 0;; ++i) {
            const auto key = "key " + std::to_string(i);
            co_await app.execute(find, key);
            const auto now = co_await app.metrics();
            CHECK(now.counts.wrong_shard == 0);
            if (now.counts.connections_opened >= before.counts.connections_opened + 16)
                break;
        }
        co_await app.close();
    });
}
