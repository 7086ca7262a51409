#include "quiet_cluster.hpp"

#include <cocql/as_result.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

// A node has forgotten a statement, and requests on several connections to it learn that.

namespace {

/// One node of two shards and a session with a connection to each: one by the usual port, the other
/// by the one where the client chooses.
class forgetful_node : public quiet_cluster {
  public:
    forgetful_node() : quiet_cluster(1, 2) {
        have_keyspace(1);
        have_table(1);
        app = connected_by(1);
        find = run(app.prepare(find_cql));
        for (int i = 0; usual_keys.size() < 3 || other_keys.size() < 3; ++i) {
            const auto before = usual().count(opcode::execute);
            run(read(key_of(i)));
            const bool by_usual = usual().count(opcode::execute) != before;
            (by_usual ? usual_keys : other_keys).push_back(key_of(i));
        }
        forget();
    }
    ~forgetful_node() {
        if (!is_left)
            run(app.close());
    }

    scripted_node& usual() { return *ports_of(1)[0]; }
    scripted_node& other() { return *ports_of(1)[1]; }
    /// All that it was told before.
    void forget() {
        usual().options().prepared_statements->clear();
        usual_prepares = usual().count(opcode::prepare);
        other_prepares = other().count(opcode::prepare);
    }
    /// Since then, by each port.
    std::size_t prepared_by_usual() { return usual().count(opcode::prepare) - usual_prepares; }
    std::size_t prepared_by_other() { return other().count(opcode::prepare) - other_prepares; }

    asio::awaitable<result<page>> read(std::string key, std::chrono::milliseconds limit = 10s) {
        statement_options options;
        options.timeout(limit);
        co_return co_await as_result(app.execute(find, options, key));
    }
    /// The answer comes there.
    std::optional<result<page>>& begin(std::string key, std::chrono::milliseconds limit = 10s,
                                       asio::cancellation_slot slot = {}) {
        auto& answer = answers.emplace_back();
        asio::co_spawn(context, read(std::move(key), limit),
                       asio::bind_cancellation_slot(
                           slot, [&answer](std::exception_ptr thrown, result<page> outcome) {
                               if (thrown)
                                   std::rethrow_exception(thrown);
                               answer = std::move(outcome);
                           }));
        return answer;
    }
    std::size_t answered() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(answers, [](const auto& each) { return each.has_value(); }));
    }
    std::size_t succeeded() const {
        return static_cast<std::size_t>(std::ranges::count_if(
            answers, [](const auto& each) { return each && each->has_value(); }));
    }

    session app;
    prepared_statement find;
    std::vector<std::string> usual_keys;
    std::vector<std::string> other_keys;
    std::deque<std::optional<result<page>>> answers;
    bool is_left = false; ///< as it is, at the end
    std::size_t usual_prepares = 0;
    std::size_t other_prepares = 0;
};

} // namespace

TEST_CASE("What one connection has prepared again is known to all requests that wait for it on the "
          "others") {
    forgetful_node node;
    for (std::size_t i = 0; i < 3; ++i) {
        node.begin(node.usual_keys[i]);
        node.begin(node.other_keys[i]);
    }
    node.run_until([&] { return node.answered() == 6; });
    CHECK(node.succeeded() == 6);
    CHECK(node.prepared_by_usual() + node.prepared_by_other() == 1);
}

TEST_CASE("A connection that does not get a statement prepared keeps the others waiting for a "
          "second, then it is another one's turn") {
    forgetful_node node;
    node.usual().options().answered_prepares = 0;
    node.begin(node.usual_keys[0]);
    node.run_until([&] { return node.prepared_by_usual() == 1; });
    // It alone waits as long as it takes.
    node.run_for(5s);
    CHECK(node.prepared_by_usual() == 1);
    CHECK(node.answered() == 0);
    // It has had its second.
    node.begin(node.other_keys[0]);
    node.run_until([&] { return node.answered() == 2; });
    CHECK(node.succeeded() == 2);
    CHECK(node.prepared_by_usual() == 1);
    CHECK(node.prepared_by_other() == 1);

    node.forget();
    const auto begun = node.now();
    node.begin(node.usual_keys[0]);
    node.run_until([&] { return node.prepared_by_usual() == 1; });
    node.begin(node.other_keys[0]);
    node.run_until([&] { return node.answered() == 4; });
    CHECK(node.succeeded() == 4);
    CHECK(node.now() - begun >= 1s);
    CHECK(node.now() - begun < 1100ms);
    CHECK(node.prepared_by_usual() == 1);
    CHECK(node.prepared_by_other() == 1);
}

TEST_CASE("A connection that ends while it has a statement prepared leaves that to the others who "
          "wait for it") {
    forgetful_node node;
    node.usual().options().answered_prepares = 0;
    auto& lost = node.begin(node.usual_keys[0]);
    node.run_until([&] { return node.prepared_by_usual() == 1; });
    for (std::size_t i = 0; i < 3; ++i)
        node.begin(node.other_keys[i]);
    node.run_for(100ms);
    CHECK(node.answered() == 0);
    CHECK(node.prepared_by_other() == 0);
    node.usual().drop_connections();
    node.run_until([&] { return node.answered() == 4; });
    CHECK(node.prepared_by_other() == 1);
    CHECK(node.succeeded() >= 3);
    if (!*lost) // nothing was executed, as UNPREPARED has said
        CHECK(lost->error().outcome() == request_outcome::answered);
}

TEST_CASE("Who waits for what another connection has prepared ends with its own connection") {
    forgetful_node node;
    node.usual().options().answered_prepares = 0;
    node.begin(node.usual_keys[0]);
    node.run_until([&] { return node.prepared_by_usual() == 1; });
    auto& lost = node.begin(node.other_keys[0]);
    node.run_for(100ms);
    node.other().options().refused[opcode::options] = {}; // it is not to come back
    node.other().drop_connections();
    node.run_for(100ms);
    REQUIRE(lost.has_value());
    if (!*lost)
        CHECK(lost->error().outcome() == request_outcome::answered);
    CHECK(node.answered() == 1);
    node.run_for(10s);
    CHECK(node.answered() == 2);
}

TEST_CASE("Who waits for what another connection has prepared ends at its own deadline, and can be "
          "cancelled") {
    forgetful_node node;
    node.usual().options().answered_prepares = 0;
    node.begin(node.usual_keys[0]);
    node.run_until([&] { return node.prepared_by_usual() == 1; });
    auto& late = node.begin(node.other_keys[0], 300ms);
    asio::cancellation_signal signal;
    auto& cancelled = node.begin(node.other_keys[1], 10s, signal.slot());
    node.run_for(200ms);
    CHECK(node.answered() == 0);
    signal.emit(asio::cancellation_type::terminal);
    node.run_for(1ms);
    REQUIRE(cancelled.has_value());
    CHECK(cancelled->error().is(errc::cancelled));
    CHECK(cancelled->error().outcome() == request_outcome::answered);
    CHECK(!late.has_value());
    node.run_for(110ms);
    REQUIRE(late.has_value());
    CHECK(late->error().is(errc::timed_out));
    CHECK(late->error().outcome() == request_outcome::answered);
    // Nobody else is there, whose turn it could be.
    node.run_for(2s);
    CHECK(node.prepared_by_other() == 0);
    // And it is still heard when somebody comes.
    node.begin(node.other_keys[2]);
    node.run_until([&] { return node.answered() == 4; });
    CHECK(node.prepared_by_other() == 1);
    CHECK(node.succeeded() == 2);
}

TEST_CASE("A session is closed, and its io_context destroyed, while several connections wait for "
          "one to have a statement prepared") {
    for (const bool is_closed : {true, false}) {
        CAPTURE(is_closed);
        auto node = std::make_unique<forgetful_node>();
        for (auto* const port : node->ports_of(1))
            port->options().answered_prepares = 0;
        node->begin(node->usual_keys[0]);
        node->begin(node->other_keys[0]);
        node->begin(node->other_keys[1]);
        node->run_for(100ms);
        CHECK(node->answered() == 0);
        node->is_left = true;
        if (!is_closed)
            continue; // and the context goes
        node->run(node->app.close());
        node->run_for(1ms);
        CHECK(node->answered() == 3);
        CHECK(node->succeeded() == 0);
        for (const auto& each : node->answers)
            CHECK((*each).error().outcome() == request_outcome::answered);
    }
}

TEST_CASE("What a node refuses to prepare again it is not asked for by each connection") {
    forgetful_node node;
    server_error dropped;
    dropped.code = server_error_code::invalid;
    dropped.message = "unconfigured table t";
    for (auto* const port : node.ports_of(1))
        port->options().refused[opcode::prepare] = dropped;
    for (std::size_t i = 0; i < 3; ++i) {
        node.begin(node.usual_keys[i]);
        node.begin(node.other_keys[i]);
    }
    node.run_until([&] { return node.answered() == 6; });
    CHECK(node.succeeded() == 0);
    CHECK(node.prepared_by_usual() + node.prepared_by_other() == 1);
    for (const auto& each : node.answers) {
        CHECK(std::string(each->error().what()).find("unconfigured table t") != std::string::npos);
        CHECK(each->error().outcome() == request_outcome::answered);
    }
}

TEST_CASE("A request whose UNPREPARED comes after the statement was prepared again is sent again "
          "without another PREPARE") {
    forgetful_node node;
    const auto id = node.find.id();
    server_error unprepared;
    unprepared.code = server_error_code::unprepared;
    unprepared.message = "It is not known.";
    unprepared.details = unprepared_details{{id.begin(), id.end()}};
    node.usual().options().prepared_statements->emplace(
        std::string(reinterpret_cast<const char*>(id.data()), id.size()),
        scripted_cluster::find_cql);
    // The one's answer is on its way for long enough for the other to be through.
    int executed = 0;
    node.other().options().answer_request = [&](const node_request&) -> std::optional<node_reply> {
        return ++executed == 1 ? std::optional(error_of(unprepared)) : std::nullopt;
    };
    node.other().options().delay = [&](const std::string&) { return executed == 1 ? 50ms : 0ms; };
    auto& late = node.begin(node.other_keys[0]);
    node.run_until([&] { return executed == 1; });
    node.forget();
    auto& early = node.begin(node.usual_keys[0]);
    node.run_until([&] { return early.has_value(); });
    CHECK(!late.has_value());
    CHECK(node.prepared_by_usual() == 1);
    node.run_until([&] { return late.has_value(); });
    CHECK(late->has_value());
    CHECK(node.prepared_by_usual() == 1);
    CHECK(node.prepared_by_other() == 0);
    // What is forgotten after that is prepared again.
    node.forget();
    auto& next = node.begin(node.other_keys[0]);
    node.run_until([&] { return next.has_value(); });
    CHECK(next->has_value());
    CHECK(node.prepared_by_other() == 1);
}
