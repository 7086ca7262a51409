#include "cluster.hpp"

#include <cocql/as_result.hpp>
#include <cocql/version.hpp>

#include <nlohmann/json.hpp>

#include <set>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

std::vector<node_client> all_clients(const session_cluster& cluster) {
    std::vector<node_client> all;
    for (const auto* const each : {&cluster.nodes, &cluster.by_source})
        for (const auto& node : *each)
            all.insert(all.end(), node->clients().begin(), node->clients().end());
    return all;
}

bool is_control(const node_client& client) {
    return std::ranges::find(client.events, "TOPOLOGY_CHANGE") != client.events.end();
}

/// As Cassandra is to be, by CEP-59.
void offer_graceful_disconnect(session_cluster& cluster) {
    for (const auto& each : cluster.nodes) {
        each->options().highest_version = 5;
        each->options().offers["GRACEFUL_DISCONNECT"] = {"true"};
    }
}

struct tally {
    int answered = 0;
    int failed = 0;
    std::string why;
};

asio::awaitable<void> ask_slowly(session& app, tally& all) {
    auto asking = app.query("SELECT slow");
    const auto page = co_await as_result(std::move(asking));
    ++(page ? all.answered : all.failed);
    if (!page)
        all.why = page.error().what();
}

/// How many of these are among what a session has warned of.
int warnings_of(const std::vector<std::string>& all, const std::string& words) {
    return static_cast<int>(std::ranges::count_if(
        all, [&](const auto& each) { return each.find(words) != each.npos; }));
}

} // namespace

TEST_CASE(
    "All connections of a session have its id, and the control connection its configuration") {
    for (const std::uint32_t shards : {0u, 2u}) {
        CAPTURE(shards);
        session_cluster cluster(3, shards);
        cluster.options.local_datacenter("dc1").login("user", "not to be told");
        cluster.run([&]() -> asio::awaitable<void> {
            auto app = co_await cluster.connected();
            std::set<std::string> ids;
            int controls = 0;
            const auto clients = all_clients(cluster);
            CHECK(clients.size() >= 1 + 3 * std::max(shards, 1u));
            for (const auto& each : clients) {
                CHECK(each.options.at("DRIVER_NAME") == "cocql");
                CHECK(each.options.at("DRIVER_VERSION") == cocql::version);
                ids.insert(each.options.at("SESSION_ID"));
                CHECK(!each.options.contains("THROW_ON_OVERLOAD"));
                const bool control = is_control(each);
                controls += control ? 1 : 0;
                CHECK(each.options.contains("DRIVER_CONFIG") == control);
                if (!control)
                    continue;
                const auto& text = each.options.at("DRIVER_CONFIG");
                const auto config = nlohmann::json::parse(text);
                CHECK(config["version"] == 1);
                CHECK(config["query"]["load-balancing"]["node-preference"]["local-dc"] == "dc1");
                CHECK(text.find("user") == text.npos);
                CHECK(text.find("not to be told") == text.npos);
            }
            CHECK(controls == 1);
            REQUIRE(ids.size() == 1);
            const auto id = uuid::parse(*ids.begin());
            REQUIRE(id);
            CHECK(id->version() == 4);
            // Another session is another one.
            auto other = co_await connect(cluster.options);
            for (const auto& each : all_clients(cluster))
                ids.insert(each.options.at("SESSION_ID"));
            CHECK(ids.size() == 2);
            co_await other.close();
            co_await app.close();
        });
    }
}

TEST_CASE("A control connection that takes another's place says the same of its session") {
    session_cluster cluster(2);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (const auto& each : cluster.nodes)
            each->drop_connections();
        co_await cluster.become([&]() -> asio::awaitable<bool> {
            const auto now = co_await app.metrics();
            co_return now.control_reconnects >= 1;
        });
        std::set<std::string> ids, configs;
        for (const auto& each : all_clients(cluster)) {
            ids.insert(each.options.at("SESSION_ID"));
            if (is_control(each))
                configs.insert(each.options.at("DRIVER_CONFIG"));
        }
        CHECK(ids.size() == 1);
        CHECK(configs.size() == 1);
        co_await app.close();
    });
}

TEST_CASE("What the application says in STARTUP itself stays, and DRIVER_CONFIG can be left out") {
    session_cluster cluster(1);
    cluster.options.connection().startup_option("SESSION_ID", "mine");
    cluster.options.driver_config(false).throw_on_overload();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (const auto& each : all_clients(cluster)) {
            CHECK(each.options.at("SESSION_ID") == "mine");
            CHECK(each.options.at("THROW_ON_OVERLOAD") == "1");
            CHECK(!each.options.contains("DRIVER_CONFIG"));
        }
        co_await app.close();
        cluster.options.driver_config(true).connection().startup_option("DRIVER_CONFIG", "{}");
        auto own = co_await cluster.connected();
        CHECK(cluster.node(1).clients().back().options.at("DRIVER_CONFIG") == "{}");
        co_await own.close();
    });
}

TEST_CASE("A configuration of more than 32 KiB is left out with a warning, and keeps nobody away") {
    session_cluster cluster(1);
    std::vector<std::string> warned;
    cluster.options.warnings([&](const std::string& what) { warned.push_back(what); });
    cluster.options.local_datacenter(std::string(40'000, 'd')).remote_hosts();
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        for (const auto& each : all_clients(cluster))
            CHECK(!each.options.contains("DRIVER_CONFIG"));
        CHECK(warnings_of(warned, "DRIVER_CONFIG") == 1);
        CHECK(warned.at(0).size() < 300);
        co_await app.close();
    });
}

TEST_CASE("Nodes that have changed places are not taken for one another: refused, counted, and "
          "found where they are") {
    session_cluster cluster(3, 2);
    cluster.options = options(cluster.node(1).where()); // which does not move
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.swap_places(2, 3);
        for (const auto place : {2, 3}) {
            cluster.node(place).drop_connections();
            cluster.by_source[static_cast<std::size_t>(place - 1)]->drop_connections();
        }
        co_await cluster.become([&]() -> asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return hosts.size() == 3 && hosts[1].where == cluster.node(3).where() &&
                hosts[2].where == cluster.node(2).where() &&
                std::ranges::all_of(hosts, [](const auto& each) { return each.connections == 2; });
        });
        const auto now = co_await app.metrics();
        CHECK(now.counts.wrong_host >= 1);
        CHECK(now.counts.wrong_host ==
              now.hosts[1].counts.wrong_host + now.hosts[2].counts.wrong_host);
        CHECK(now.hosts[0].counts.wrong_host == 0);
        CHECK(now.counts.connections_failed >= now.counts.wrong_host);
        cluster.requests.clear();
        for (int i = 0; i < 20; ++i)
            co_await app.query("SELECT v FROM app.t");
        CHECK(cluster.requests.size() == 20);
        co_await app.close();
    });
}

TEST_CASE("A node that is about to end its connections fails no request of a hundred in flight, "
          "and new ones go to another") {
    session_cluster cluster(2);
    offer_graceful_disconnect(cluster);
    cluster.node(1).options().delay = [](const std::string& cql) {
        return cql == "SELECT slow" ? 2000ms : 0ms;
    };
    cluster.node(2).options().delay = cluster.node(1).options().delay;
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        const auto clients = all_clients(cluster);
        for (const auto& each : clients)
            REQUIRE((!each.events.empty() && each.events.back() == "GRACEFUL_DISCONNECT"));
        tally all;
        for (int i = 0; i < 100; ++i)
            start(cluster.context, ask_slowly(app, all));
        co_await until([&] { return cluster.requests.size() == 100; });
        const auto of_first =
            std::ranges::count(cluster.requests, 1, &testing::cluster_request::node);
        CHECK(of_first > 0);
        cluster.node(1).tell(graceful_disconnect{});
        co_await cluster.become([&]() -> asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return hosts[0].connections == 0;
        });
        const auto now = co_await app.metrics();
        CHECK(now.in_flight > 0);
        CHECK(all.answered + all.failed == 0);
        cluster.requests.clear();
        for (int i = 0; i < 20; ++i)
            co_await app.query("SELECT v FROM app.t");
        CHECK(cluster.nodes_asked() == std::set<int>{2});
        co_await until([&] { return all.answered + all.failed == 100; });
        CHECK(all.failed == 0);
        CHECK(all.why == "");
        // The connection has ended by itself, and after a rest there is another one.
        co_await until([&] { return std::ranges::count(cluster.node(1).endings(), "end") >= 1; });
        co_await cluster.know_nodes(app, 2);
        const auto end = co_await app.metrics();
        CHECK(end.counts.failures.all() == 0);
        co_await app.close();
    });
}

TEST_CASE("Nodes that all leave are all found again") {
    session_cluster cluster(2);
    offer_graceful_disconnect(cluster);
    cluster.run([&]() -> asio::awaitable<void> {
        auto app = co_await cluster.connected();
        cluster.tell_all(graceful_disconnect{});
        co_await cluster.become([&]() -> asio::awaitable<bool> {
            const auto hosts = co_await app.hosts();
            co_return hosts[0].connections == 0 && hosts[1].connections == 0;
        });
        auto asking = app.query("SELECT v FROM app.t");
        const auto refused = co_await as_result(std::move(asking));
        REQUIRE(!refused);
        CHECK(refused.error().is(errc::no_host_available));
        CHECK(refused.error().outcome() == request_outcome::not_sent);
        CHECK(refused.error().has(errc::connection_draining));
        co_await cluster.know_nodes(app, 2);
        co_await app.query("SELECT v FROM app.t");
        const auto now = co_await app.metrics();
        CHECK(now.control_reconnects >= 1);
        co_await app.close();
    });
}

TEST_CASE("A login that nobody asks for is no error, and told once") {
    session_cluster cluster(2);
    std::vector<std::string> warned;
    cluster.options.warnings([&](const std::string& what) { warned.push_back(what); });
    const std::string words = "asks for no login";
    cluster.run([&]() -> asio::awaitable<void> {
        auto without = co_await cluster.connected();
        co_await without.close();
        CHECK(warnings_of(warned, words) == 0); // none is configured
        cluster.options.login("user", "secret");
        auto app = co_await cluster.connected();
        CHECK(warnings_of(warned, words) == 1);
        CHECK(warned.back().find("secret") == std::string::npos);
        CHECK(warned.back().find("lets in whoever comes") != std::string::npos);
        for (const auto& each : cluster.nodes)
            each->drop_connections();
        co_await cluster.become([&]() -> asio::awaitable<bool> {
            const auto now = co_await app.metrics();
            co_return now.control_reconnects >= 1;
        });
        CHECK(warnings_of(warned, words) == 1);
        co_await app.close();
        warned.clear();
        for (const auto& each : cluster.nodes) {
            each->options().user = "user";
            each->options().secret = "secret";
        }
        auto asked_for = co_await cluster.connected();
        CHECK(warnings_of(warned, words) == 0);
        co_await asked_for.close();
    });
}
