#include "node.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using testing::silence;

// --- cancellation and time-outs

namespace {

/// Asks for what is never answered; lets every type of cancellation through, where a coroutine of
/// its own accord only lets terminal through.
asio::awaitable<result<page>> ask_silent(connection connection) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    auto outcome = co_await as_result(connection.query("silent"));
    co_return outcome;
}

enum class asked_from { home, strand_of_home, other_thread };

asio::awaitable<void> cancel_a_request(endpoint where, connection_options options,
                                       asio::cancellation_type type, asked_from from,
                                       std::chrono::steady_clock::duration& taken) {
    auto connection = co_await connection::open(where, options);
    asio::cancellation_signal signal;
    std::optional<result<page>> outcome;
    std::atomic<bool> ended = false;
    asio::any_io_executor executor = connection.get_executor();
    asio::thread_pool other(1);
    if (from == asked_from::strand_of_home)
        executor = asio::make_strand(executor);
    else if (from == asked_from::other_thread)
        executor = other.get_executor();
    asio::co_spawn(executor, ask_silent(connection),
                   asio::bind_cancellation_slot(signal.slot(),
                                                [&](std::exception_ptr thrown, result<page> got) {
                                                    rethrow(thrown);
                                                    outcome = std::move(got);
                                                    ended = true;
                                                }));
    // Written, so that the request may have been executed.
    co_await until([&] {
        return connection.state().in_flight == 1 && connection.state().write_buffer_size == 0;
    });
    const auto begun = std::chrono::steady_clock::now();
    if (from == asked_from::other_thread)
        asio::post(other, [&] { signal.emit(type); });
    else
        signal.emit(type);
    co_await until([&] { return ended.load(); });
    other.join();
    taken = std::chrono::steady_clock::now() - begun;
    CHECK(outcome->error().is(errc::cancelled));
    CHECK(outcome->error().outcome() == request_outcome::maybe_executed);
    CHECK(outcome->error().operation() == "QUERY");
    CHECK(connection.state().orphans == 1);
    auto page = co_await connection.query("still here");
    CHECK(text_of(page) == "still here");
    co_await connection.close();
}

} // namespace

TEST_CASE("R30 cancelling a request, in any of the three ways, returns at once and keeps the "
          "connection usable") {
    for_each_speech([](speech how) {
        for (const auto from :
             {asked_from::home, asked_from::strand_of_home, asked_from::other_thread})
            for (const auto type :
                 {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                  asio::cancellation_type::total}) {
                auto options = echo();
                options.silent_statement = "silent";
                const auto at_once = std::chrono::milliseconds(100);
                auto taken = std::chrono::steady_clock::duration::max();
                // Once more where the machine was stopped meanwhile.
                for (int attempt = 0; attempt < 3 && taken >= at_once; ++attempt) {
                    scene s(how, options);
                    s.run(cancel_a_request(s.node.where(), client_of(how), type, from, taken));
                }
                CHECK(taken < at_once);
            }
    });
}

namespace {

asio::awaitable<void> time_out_a_request(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    statement_options soon;
    soon.timeout(std::chrono::milliseconds(50));
    auto outcome = co_await as_result(connection.query("silent", soon));
    REQUIRE(!outcome);
    CHECK(outcome.error().is(errc::timed_out));
    CHECK(outcome.error().outcome() == request_outcome::maybe_executed);
    auto page = co_await connection.query("still here");
    CHECK(text_of(page) == "still here");
    co_await connection.close();
}

asio::awaitable<void> cancel_opening(endpoint where, connection_options options) {
    asio::cancellation_signal signal;
    std::optional<result<connection>> outcome;
    auto executor = co_await asio::this_coro::executor;
    asio::co_spawn(executor, as_result(connection::open(where, options)),
                   asio::bind_cancellation_slot(signal.slot(),
                                                [&](std::exception_ptr, result<connection> ended) {
                                                    outcome = std::move(ended);
                                                }));
    asio::steady_timer pause(executor, std::chrono::milliseconds(30));
    co_await pause.async_wait(asio::use_awaitable);
    CHECK(!outcome);
    signal.emit(asio::cancellation_type::terminal);
    co_await until([&] { return outcome.has_value(); });
    CHECK(outcome->error().is(errc::cancelled));
}

} // namespace

TEST_CASE("R27 a request's own time-out ends it and not the connection") {
    for_each_speech([](speech how) {
        auto options = echo();
        options.silent_statement = "silent";
        scene s(how, options);
        s.run(time_out_a_request(s.node.where(), client_of(how)));
    });
}

TEST_CASE("X24 R30 cancelling opening in any phase closes everything that was begun") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        for (const auto where : {silence::at_accept, silence::at_options, silence::at_startup}) {
            testing::node_options options;
            options.silent = where;
            scene s(how, options);
            s.run(cancel_opening(s.node.where(), client_of(how)));
        }
    });
    CHECK(descriptors() == before);
}

// --- close, in every state

namespace {

asio::awaitable<void> close_with_requests(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    int failed = 0;
    for (int i = 0; i < 100; ++i)
        asio::co_spawn(connection.get_executor(), as_result(connection.query("silent")),
                       [&](std::exception_ptr, result<page> ended) {
                           CHECK(ended.error().has(errc::connection_closed));
                           ++failed;
                       });
    co_await until([&] { return connection.state().in_flight == 100; });
    co_await connection.close();
    co_await connection.close();
    co_await until([&] { return failed == 100; });
    CHECK(connection.state().last_error.is(errc::connection_closed));
    auto late = co_await as_result(connection.query("late"));
    CHECK(late.error().has(errc::connection_closed));
    CHECK(late.error().outcome() == request_outcome::not_sent);
    const std::vector<std::byte> frame(9);
    CHECK(connection.push(frame).error().is(errc::connection_closed));
}

asio::awaitable<void> close_against_mute(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    const auto begun = std::chrono::steady_clock::now();
    co_await connection.close();
    const auto taken = std::chrono::steady_clock::now() - begun;
    CHECK(taken >= std::chrono::milliseconds(900));
    CHECK(taken < std::chrono::milliseconds(2000));
}

} // namespace

TEST_CASE("X24 close ends requests in flight, is idempotent, and leaves no descriptor") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        auto options = echo();
        options.silent_statement = "silent";
        scene s(how, options);
        s.run(close_with_requests(s.node.where(), client_of(how)));
        REQUIRE(!s.node.endings().empty());
        CHECK(s.node.endings().back() == "end");
    });
    CHECK(descriptors() == before);
}

TEST_CASE("D8 X24 a peer that never answers close_notify holds the socket one second at most") {
    testing::node_options options;
    options.mute_close_notify = true;
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        scene s(how, options);
        s.run(close_against_mute(s.node.where(), client_of(how)));
    }
}

namespace {

asio::awaitable<void> drop_the_handle(endpoint where, connection_options options,
                                      bool with_request) {
    {
        auto connection = co_await connection::open(where, options);
        if (with_request)
            asio::co_spawn(connection.get_executor(), as_result(connection.query("silent")),
                           [](std::exception_ptr, result<page> ended) {
                               CHECK(ended.error().has(errc::connection_closed));
                           });
    }
}

asio::awaitable<void> hold(endpoint where, connection_options options, bool& open, bool& passed) {
    auto connection = co_await connection::open(where, options);
    open = true;
    auto page = co_await connection.query("silent");
    passed = true;
}

} // namespace

TEST_CASE("X25 dropping the last handle closes the connection and leaks nothing") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        for (const bool with_request : {false, true}) {
            auto options = echo();
            options.silent_statement = "silent";
            scene s(how, options);
            s.run(drop_the_handle(s.node.where(), client_of(how), with_request));
        }
    });
    CHECK(descriptors() == before);
}

TEST_CASE("X25 destroying the io_context under a connection in any state leaks nothing") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        for (const auto where :
             {silence::at_accept, silence::at_options, silence::at_startup, silence::never}) {
            auto options = echo();
            options.silent = where;
            options.silent_statement = "silent";
            bool open = false;
            bool passed = false;
            auto node_context = std::make_unique<asio::io_context>(1);
            auto node =
                std::make_unique<testing::scripted_node>(*node_context, node_of(how, options));
            auto context = std::make_unique<asio::io_context>(1);
            start(*context, hold(node->where(), client_of(how), open, passed));
            for (int turn = 0; turn < 40; ++turn) {
                node_context->run_for(std::chrono::milliseconds(1));
                node_context->restart();
                context->run_for(std::chrono::milliseconds(1));
                context->restart();
            }
            CHECK(open == (where == silence::never));
            context.reset();
            CHECK(!passed);
            node->stop();
            node_context->restart();
            node_context->run_for(std::chrono::milliseconds(200));
            node.reset();
            node_context.reset();
        }
    });
    CHECK(descriptors() == before);
}

// --- other threads

namespace {

asio::awaitable<void> use_from_elsewhere(connection connection, int& done) {
    for (int i = 0; i < 20; ++i) {
        auto page = co_await connection.query(std::to_string(i));
        CHECK(text_of(page) == std::to_string(i));
    }
    ++done;
}

} // namespace

TEST_CASE("B5 R30 requests may be awaited on other executors and threads") {
    for_each_speech([](speech how) {
        asio::io_context context(1);
        testing::scripted_node node(context, node_of(how, echo()));
        connection connection;
        start(context, open_into(node.where(), client_of(how), connection));
        while (!connection)
            context.run_one();
        auto guard = asio::make_work_guard(context);
        std::thread home([&] { context.run(); });
        asio::thread_pool pool(2);
        int done = 0;
        for (int i = 0; i < 4; ++i) {
            auto strand = asio::make_strand(pool);
            int mine = 0;
            asio::co_spawn(strand, use_from_elsewhere(connection, mine), asio::use_future).get();
            done += mine;
        }
        CHECK(done == 4);
        asio::co_spawn(pool, connection.close(), asio::use_future).get();
        pool.join();
        asio::post(context, [&] { node.stop(); });
        guard.reset();
        home.join();
    });
}
