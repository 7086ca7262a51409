#include "client/node.hpp"

#include <cocql/testing/scripted_cluster.hpp>

#include <boost/system/system_error.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// A cluster of ScyllaDB, and what a test has of it: connections to its nodes and their answers.
class cluster_with_faults {
  public:
    explicit cluster_with_faults(speech how = speech::plain)
        : cluster(std::make_unique<scripted_cluster>(*context, settings_of(how))),
          options_(client_of(how)) {}

    void open(int number) { start(*context, open_one(cluster->node(number).where())); }
    void ask(std::string key) { start(*context, ask_one(std::move(key))); }
    template <class Condition>
    void until(Condition condition) {
        context->restart();
        while (!condition())
            REQUIRE(context->run_one() != 0);
    }
    /// Ends what there is, which leaves the io_context with nothing to do.
    void end() {
        cluster.reset();
        node.reset();
        context->restart();
        context->run();
    }

    std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
    std::unique_ptr<scripted_cluster> cluster;
    std::optional<connection> node;
    std::optional<error> refused;     ///< why there is none
    std::vector<std::string> answers; ///< with the keys that they are for
    std::vector<error> failures;

  private:
    static cluster_settings settings_of(speech how) {
        cluster_settings settings;
        settings.size = 2;
        settings.shards = 2;
        settings.tls = node_of(how).tls;
        return settings;
    }
    asio::awaitable<void> open_one(endpoint where) {
        auto opened = co_await as_result(connection::open(where, options_));
        if (opened)
            node = *opened;
        else
            refused = opened.error();
    }
    asio::awaitable<void> ask_one(std::string key) {
        auto asking = node->query("SELECT v FROM app.t WHERE k = ?", key);
        const auto page = co_await as_result(std::move(asking));
        if (!page)
            failures.push_back(page.error());
        else
            for (const auto& [text] : page->rows<std::string>())
                answers.push_back(key + ": " + text);
    }

    connection_options options_;
};

} // namespace

TEST_CASE("A node that is stopped takes no connections, and is where it was when it is started "
          "again, with its options and tables") {
    for_each_speech([](speech how) {
        cluster_with_faults scene(how);
        auto& cluster = *scene.cluster;
        const auto where = cluster.node(2).where();
        const auto shard_aware = cluster.ports_of(2)[1]->where();
        cluster.node(2).options().unknown_events = {"STATUS_CHANGE"};
        scene.open(2);
        scene.until([&] { return scene.node.has_value(); });
        cluster.stop(2);
        scene.ask("one");
        scene.until([&] { return scene.failures.size() == 1; });
        scene.node.reset();
        scene.open(2);
        scene.until([&] { return scene.refused.has_value(); });
        CHECK(scene.refused->phase() == phase::tcp_connect);

        cluster.start(2);
        CHECK(cluster.node(2).where() == where);
        CHECK(cluster.ports_of(2)[1]->where() == shard_aware);
        CHECK(cluster.node(2).accepted() == 0);
        CHECK(cluster.node(2).options().unknown_events.contains("STATUS_CHANGE"));
        scene.open(2);
        scene.until([&] { return scene.node.has_value(); });
        scene.ask("two");
        scene.until([&] { return scene.answers.size() == 1; });
        CHECK(scene.answers.back() == "two: 2");
        cluster.start(2); // which stops it before
        scene.ask("three");
        scene.until([&] { return scene.failures.size() == 2; });
        scene.end();
    });
}

TEST_CASE("A node whose port was taken while it was stopped is not started, and is when that is "
          "free again") {
    cluster_with_faults scene;
    auto& cluster = *scene.cluster;
    cluster.stop(2);
    node_options other;
    other.address = "127.0.0.2";
    other.port = cluster.port;
    auto taken = std::make_unique<scripted_node>(*scene.context, other);
    CHECK_THROWS_AS(cluster.start(2), boost::system::system_error);
    taken.reset();
    cluster.start(2);
    scene.open(2);
    scene.until([&] { return scene.node.has_value(); });
    scene.end();
}

TEST_CASE("A node that is paused keeps its connections and says nothing; resumed, it answers all "
          "that has come meanwhile") {
    for_each_speech([](speech how) {
        cluster_with_faults scene(how);
        auto& cluster = *scene.cluster;
        scene.open(1);
        scene.until([&] { return scene.node.has_value(); });
        cluster.pause(1);
        for (const auto* key : {"one", "two", "three"})
            scene.ask(key);
        std::optional<connection> other;
        const auto open_other = [](endpoint where, connection_options options,
                                   std::optional<connection>& out) -> asio::awaitable<void> {
            out = co_await connection::open(where, options);
        };
        start(*scene.context, open_other(cluster.node(1).where(), client_of(how), other));
        run_until_quiet(*scene.context);
        CHECK(scene.answers.empty());
        CHECK(scene.failures.empty());
        CHECK(!other);
        CHECK(cluster.requests.empty());
        cluster.resume(1);
        scene.until([&] { return scene.answers.size() == 3 && other; });
        CHECK(scene.answers == std::vector<std::string>{"one: 1", "two: 1", "three: 1"});
        CHECK(cluster.requests.size() == 3);
        other.reset();
        scene.end();
    });
}

TEST_CASE("What a paused node would say by and by, and events, come when it is resumed, in the "
          "order that they have") {
    cluster_with_faults scene;
    auto& cluster = *scene.cluster;
    std::vector<std::string> heard;
    std::optional<connection> control;
    connection_options with_events;
    with_events.events({event_type::status_change}, [&](const event& happened) {
        heard.push_back(std::get<status_change>(happened).address);
    });
    const auto open_one = [](endpoint where, connection_options options,
                             std::optional<connection>& out) -> asio::awaitable<void> {
        out = co_await connection::open(where, options);
    };
    start(*scene.context, open_one(cluster.node(1).where(), with_events, control));
    scene.open(1);
    scene.until([&] { return scene.node && control; });
    cluster.slow(1, 1ms);
    scene.ask("key");
    scene.until([&] { return cluster.requests.size() == 1; });
    cluster.pause(1);
    for (const auto* address : {"10.0.0.1", "10.0.0.2", "10.0.0.3"})
        cluster.tell_all(status_change{"DOWN", address, cluster.port});
    run_until_quiet(*scene.context);
    CHECK(heard.empty());
    CHECK(scene.answers.empty());
    cluster.resume(1);
    scene.until([&] { return heard.size() == 3 && scene.answers.size() == 1; });
    CHECK(heard == std::vector<std::string>{"10.0.0.1", "10.0.0.2", "10.0.0.3"});
    control.reset();
    scene.end();
}

TEST_CASE("A paused node that is stopped ends its connections, and asks the test nothing") {
    for_each_speech([](speech how) {
        cluster_with_faults scene(how);
        auto& cluster = *scene.cluster;
        scene.open(1);
        scene.until([&] { return scene.node.has_value(); });
        cluster.pause(1);
        scene.ask("key");
        run_until_quiet(*scene.context);
        bool asked = false;
        cluster.answer = [&](int, const node_request&) {
            asked = true;
            return std::optional<node_reply>();
        };
        cluster.stop(1);
        scene.until([&] { return scene.failures.size() == 1; });
        CHECK(scene.failures[0].is(errc::connection_lost));
        CHECK(!asked);
        scene.end();
    });
}

TEST_CASE("A node that is slow takes so long over each statement, until it is not") {
    cluster_with_faults scene;
    auto& cluster = *scene.cluster;
    scene.open(1);
    scene.until([&] { return scene.node.has_value(); });
    cluster.slow(1, 30ms);
    const auto began = std::chrono::steady_clock::now();
    scene.ask("one");
    scene.until([&] { return scene.answers.size() == 1; });
    CHECK(std::chrono::steady_clock::now() - began >= 30ms);
    cluster.slow(1, 24h);
    scene.ask("late");
    scene.until([&] { return cluster.requests.size() == 2; });
    cluster.slow(1, 0ms);
    scene.ask("two");
    scene.until([&] { return scene.answers.size() == 2; });
    CHECK(scene.answers.back() == "two: 1");
    scene.end();
}

TEST_CASE("REGISTER of a type that a node does not know is refused, and those before it are "
          "registered") {
    const auto register_for = [](connection node,
                                 std::vector<std::string> names) -> asio::awaitable<opcode> {
        std::vector<std::byte> body{std::byte{}, static_cast<std::byte>(names.size())};
        for (const auto& name : names) {
            body.push_back(std::byte{});
            body.push_back(static_cast<std::byte>(name.size()));
            for (const auto each : name)
                body.push_back(static_cast<std::byte>(each));
        }
        raw_request message(opcode::register_, std::move(body));
        auto asking = node.request(std::move(message));
        const auto said = co_await std::move(asking);
        co_return said.opcode;
    };
    cluster_with_faults scene;
    auto& node = scene.cluster->node(1);
    node.options().unknown_events = {"CLIENT_ROUTES_CHANGE"};
    scene.open(1);
    scene.until([&] { return scene.node.has_value(); });
    bool over = false;
    const std::vector<std::string> unknown_between{"STATUS_CHANGE", "CLIENT_ROUTES_CHANGE",
                                                   "SCHEMA_CHANGE"};
    const std::vector<std::string> unknown{"CLIENT_ROUTES_CHANGE"};
    const std::vector<std::string> known{"STATUS_CHANGE", "SCHEMA_CHANGE"};
    const auto work = [&]() -> asio::awaitable<void> {
        auto said = co_await register_for(*scene.node, unknown_between);
        CHECK(said == opcode::error);
        CHECK(node.clients()[0].events == std::vector<std::string>{"STATUS_CHANGE"});
        said = co_await register_for(*scene.node, unknown);
        CHECK(said == opcode::error);
        said = co_await register_for(*scene.node, known);
        CHECK(said == opcode::ready);
        CHECK(node.clients()[0].events == known);
        over = true;
    };
    start(*scene.context, work());
    scene.until([&] { return over; });
    scene.end();
}

TEST_CASE("A cluster, connections to it and the io_context may be destroyed in every order, while "
          "a node is paused too") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const bool paused : {false, true})
            for (const bool context_first : {false, true}) {
                CAPTURE(name_of(how));
                CAPTURE(paused);
                CAPTURE(context_first);
                cluster_with_faults scene(how);
                scene.open(1);
                scene.until([&] { return scene.node.has_value(); });
                if (paused)
                    scene.cluster->pause(1);
                else
                    scene.cluster->slow(1, 24h);
                for (const auto* key : {"one", "two"})
                    scene.ask(key);
                scene.open(2);
                if (paused)
                    scene.open(1);
                scene.context->poll();
                if (context_first) {
                    scene.context.reset();
                    scene.cluster->stop(1);
                    scene.cluster->resume(1);
                    scene.cluster.reset();
                } else {
                    scene.cluster.reset();
                    scene.context->poll();
                    scene.context.reset();
                }
                scene.node.reset();
            }
}
