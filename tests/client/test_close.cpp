#include "staged.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <thread>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using testing::silence;

namespace {

asio::awaitable<void> pass(std::chrono::milliseconds time) {
    asio::steady_timer pause(co_await asio::this_coro::executor, time);
    co_await pause.async_wait(asio::use_awaitable);
}

asio::awaitable<void> close_while_opening(endpoint where, connection_options options) {
    const auto executor = co_await asio::this_coro::executor;
    options.login("user", "secret");
    const auto connection =
        std::make_shared<client::implementation>(executor, where, options, io::steady_clock());
    std::optional<result<void>> outcome;
    asio::co_spawn(executor, open_to_fail(connection, outcome), rethrow);
    co_await pass(std::chrono::milliseconds(20));
    REQUIRE(!outcome);
    const auto before = std::chrono::steady_clock::now();
    co_await connection->close();
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::milliseconds(500));
    co_await connection->close();
    co_await until([&] { return outcome.has_value(); });
    REQUIRE(!*outcome);
    const auto failure = outcome->error();
    INFO(std::string(failure.what()));
    CHECK(failure.has(errc::connection_closed));
    CHECK(failure.endpoint() == where.to_string());
    CHECK(failure.phase().has_value());
    const std::vector<std::byte> frame(9);
    CHECK(connection->push(frame).error().is(errc::connection_closed));
}

asio::awaitable<void> ask_in_vain(connection connection, int& ended) {
    auto page = co_await as_result(connection.query("silent"));
    REQUIRE(!page);
    CHECK(page.error().has(errc::connection_closed));
    ++ended;
}

asio::awaitable<void> close_twice_at_once(endpoint where, connection_options options) {
    const auto executor = co_await asio::this_coro::executor;
    auto connection = co_await connection::open(where, options);
    int closed = 0;
    const auto closing = [&closed](std::exception_ptr thrown) {
        rethrow(thrown);
        ++closed;
    };
    for (int i = 0; i < 5; ++i)
        asio::co_spawn(executor, connection.close(), closing);
    co_await until([&] { return closed == 5; });
    CHECK(!connection.state().open);
}

} // namespace

TEST_CASE("X24 close during any phase of opening ends it at once, and nothing is left") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        for (const auto where : {silence::at_accept, silence::in_server_hello, silence::at_options,
                                 silence::at_startup, silence::at_auth}) {
            if (how == speech::plain && where == silence::in_server_hello)
                continue;
            INFO("silence " << static_cast<int>(where));
            testing::node_options options;
            options.silent = where;
            options.user = "user";
            options.secret = "secret";
            scene s(how, options);
            s.run(close_while_opening(s.node.where(), client_of(how)));
        }
    });
    CHECK(descriptors() == before);
}

TEST_CASE("X24 close by several at once ends for each of them") {
    for_each_speech([](speech how) {
        scene s(how, echo());
        s.run(close_twice_at_once(s.node.where(), client_of(how)));
    });
}

TEST_CASE("X24 close from another thread while requests are in flight") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        asio::io_context context(1);
        auto options = echo();
        options.silent_statement = "silent";
        testing::scripted_node node(context, node_of(how, options));
        connection connection;
        start(context, open_into(node.where(), client_of(how), connection));
        while (!connection)
            context.run_one();
        int ended = 0;
        for (int i = 0; i < 50; ++i)
            start(context, ask_in_vain(connection, ended));
        auto guard = asio::make_work_guard(context);
        std::thread home([&] { context.run(); });
        asio::io_context elsewhere(1);
        auto closed = asio::co_spawn(elsewhere, connection.close(), asio::use_future);
        elsewhere.run();
        closed.get();
        asio::post(context, [&] { node.stop(); });
        guard.reset();
        home.join();
        CHECK(ended == 50);
    });
    CHECK(descriptors() == before);
}

namespace {

asio::awaitable<void> beat(endpoint where, connection_options options,
                           testing::scripted_node& node) {
    options.heartbeat(std::chrono::milliseconds(40), std::chrono::milliseconds(40));
    auto connection = co_await connection::open(where, options);
    co_await pass(std::chrono::milliseconds(200));
    CHECK(connection.state().open);
    node.options().silent = silence::at_options;
    const auto before = std::chrono::steady_clock::now();
    auto page = co_await as_result(connection.query("silent"));
    REQUIRE(!page);
    INFO(std::string(page.error().what()));
    CHECK(page.error().has(errc::heartbeat_failed));
    CHECK(page.error().outcome() == request_outcome::maybe_executed);
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::milliseconds(500));
    const std::vector<std::byte> frame(9);
    CHECK(connection.push(frame).error().is(errc::heartbeat_failed));
    co_await until([&] { return !connection.state().open; });
    CHECK(connection.state().last_error.is(errc::heartbeat_failed));
    co_await connection.close();
}

asio::awaitable<void> drain(endpoint where, connection_options options) {
    options.orphan_limits(2, std::chrono::seconds(60));
    auto connection = co_await connection::open(where, options);
    statement_options soon;
    soon.timeout(std::chrono::milliseconds(5));
    for (int i = 0; i < 3; ++i) {
        auto page = co_await as_result(connection.query("silent", soon));
        CHECK(page.error().is(errc::timed_out));
    }
    auto late = co_await as_result(connection.query("late"));
    REQUIRE(!late);
    INFO(std::string(late.error().what()));
    CHECK(late.error().has(errc::connection_draining));
    CHECK(late.error().outcome() == request_outcome::not_sent);
    co_await until([&] { return connection.state().orphans == 0 || !connection.state().open; });
    co_await connection.close();
}

} // namespace

TEST_CASE("R31 P22 heartbeats keep a connection; an unanswered one ends it and what is in flight") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        scene s(how, echo());
        s.run(beat(s.node.where(), client_of(how), s.node));
    });
    CHECK(descriptors() == before);
}

TEST_CASE("R27 past the bound of orphans the connection takes no new requests and ends") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        auto options = echo();
        options.silent_statement = "silent";
        scene s(how, options);
        s.run(drain(s.node.where(), client_of(how)));
    });
    CHECK(descriptors() == before);
}
