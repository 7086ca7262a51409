#include "io/bridge/turn.hpp"
#include "node_thread.hpp"
#include "worlds.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <string>
#include <utility>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

// A handler may run its io_context, or another one, before it returns.

namespace {

/// What came of requests.
struct told_of {
    std::atomic<int> begun = 0;
    std::atomic<int> ended = 0;
    std::atomic<int> lost = 0;
    std::atomic<int> answered = 0;
    std::string last;
};

asio::awaitable<void> ask_and_note(connection connection, std::string what, told_of& all) {
    ++all.begun;
    auto outcome = co_await as_result(connection.query(what));
    if (outcome)
        ++all.answered;
    else {
        all.last = outcome.error().what();
        if (outcome.error().has(errc::connection_closed))
            ++all.lost;
    }
    ++all.ended;
}

testing::node_options silent_echo() {
    auto options = echo();
    options.silent_statement = "silent";
    return options;
}

/// Waits for what is never answered; when that fails polls its io_context.
asio::awaitable<void> poll_when_failed(connection connection, asio::io_context& home,
                                       std::function<bool()> enough, told_of& all) {
    ++all.begun;
    auto outcome = co_await as_result(connection.query("silent"));
    while (!enough())
        home.poll();
    ++all.ended;
}
asio::awaitable<void> close_it(connection connection, bool& closed) {
    co_await connection.close();
    closed = true;
}

asio::awaitable<void> drop_in_turn_and_poll(connection& connection, asio::io_context& home,
                                            bool by_close, bool& closed, bool& done) {
    auto page = co_await connection.query("now"); // from here on in a turn
    if (by_close)
        start(home, close_it(connection, closed));
    else
        connection = {};
    home.poll();
    done = true;
}

} // namespace

TEST_CASE("R30 close() from another io_context; who is told of it polls the connection's: the turn "
          "in which it arrived is over afterwards") {
    for (const bool second_arrival : {false, true}) {
        CAPTURE(second_arrival);
        node_thread node(speech::plain, silent_echo());
        asio::io_context home(1);
        asio::io_context away(1);
        auto connection = opened_on(home, node.where(), client_of(speech::plain));
        auto other = opened_on(home, node.where(), client_of(speech::plain));
        told_of all;
        told_of late;
        bool closed = false;
        int rounds = 0;
        const auto enough = [&] {
            away.poll();
            away.restart();
            return ++rounds > 3000 ||
                   (second_arrival && late.begun == 1 && !connection.state().open);
        };
        start(home, poll_when_failed(connection, home, enough, all));
        while (connection.state().in_flight != 1)
            home.poll();
        start(away, close_it(connection, closed));
        away.poll();
        if (second_arrival)
            asio::post(home, [&] { // run by the poll within
                start(away, ask_and_note(connection, "late", late));
                away.restart();
                away.poll();
            });
        while (all.ended != 1)
            home.poll();
        bool in_turn = true;
        asio::post(home, [&] { in_turn = io::turn::is_here_in(&home); });
        home.poll();
        CHECK(!in_turn);
        while (!closed) {
            home.poll();
            away.restart();
            away.poll();
        }
        CHECK(closed);
        start(home, other.close());
        home.run();
    }
}

TEST_CASE("X24 close() by a handler; who is told of it polls the io_context until the peer has "
          "ended the connection") {
    for (const auto how : {speech::plain, speech::tls_1_3}) {
        CAPTURE(name_of(how));
        node_thread node(how, silent_echo());
        asio::io_context home(1);
        auto connection = opened_on(home, node.where(), client_of(how));
        told_of all;
        bool told = false;
        int rounds = 0;
        const auto enough = [&] {
            if (!std::exchange(told, true))
                node.with([](testing::scripted_node& n) { n.drop_connections(); });
            return ++rounds > 3000;
        };
        start(home, poll_when_failed(connection, home, enough, all));
        while (connection.state().in_flight != 1)
            home.poll();
        bool closed = false;
        start(home, close_it(connection, closed));
        home.run();
        CHECK(closed);
        CHECK(all.ended == 1);
    }
}

TEST_CASE(
    "R30 a request from another io_context is cancelled in a loop within the handler that sent "
    "it: before it has arrived") {
    node_thread node(speech::plain, silent_echo());
    asio::io_context home(1);
    auto connection = opened_on(home, node.where(), client_of(speech::plain));
    asio::io_context away(1);
    asio::cancellation_signal stop;
    told_of all;
    bool done = false;
    bool emitted = false;
    asio::post(home, [&] {
        asio::co_spawn(away, ask_and_note(connection, "silent", all),
                       asio::bind_cancellation_slot(stop.slot(), rethrow));
        away.poll();
        while (!emitted)
            home.run_one(); // the other handler
        home.run_for(5ms);  // what it leads to
        done = true;
    });
    asio::post(home, [&] {
        stop.emit(asio::cancellation_type::terminal);
        away.poll(); // co_spawn() has it done there
        emitted = true;
    });
    while (!done)
        home.run_one();
    for (int i = 0; i < 100 && all.ended == 0; ++i) {
        home.poll();
        away.restart();
        away.poll();
    }
    CHECK(all.ended == 1);
    CHECK(connection.state().in_flight == 0);
}

TEST_CASE(
    "X24 a handler that closes the connection in its own turn, and polls the io_context, gets "
    "back from that") {
    for (const bool by_close : {true, false}) {
        CAPTURE(by_close);
        node_thread node(speech::plain, silent_echo());
        asio::io_context home(1);
        auto connection = opened_on(home, node.where(), client_of(speech::plain));
        bool closed = false;
        bool done = false;
        start(home, drop_in_turn_and_poll(connection, home, by_close, closed, done));
        home.run();
        CHECK(done);
    }
}
