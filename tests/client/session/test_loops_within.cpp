#include "../node_thread.hpp"
#include "../worlds.hpp"
#include "cluster_thread.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>

#include <memory>
#include <optional>
#include <string>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> ask_session(session app, std::string what, std::string& said, bool& over) {
    auto outcome = co_await as_result(app.query(what));
    said = outcome ? "answered" : outcome.error().what();
    over = true;
}
asio::awaitable<void> ask_in_turn(connection c, session app, bool in_turn, std::string& said,
                                  bool& over) {
    if (in_turn)
        auto page = co_await c.query("now");
    auto asking = ask_session(app, "gone?", said, over);
    co_await std::move(asking);
}
asio::awaitable<void> connect_into(options how, session& out) {
    out = co_await ready_session(how);
}

asio::awaitable<void> close_session(session app, bool& closed) {
    co_await app.close();
    closed = true;
}

} // namespace

TEST_CASE("A session whose io_context is gone, asked in a turn on another one that lies where "
          "that lay") {
    cluster_thread cluster(2, 0, speech::plain, [](session_cluster&) {});
    node_thread node(speech::plain, echo());
    std::string said[2];
    for (const bool in_turn : {false, true}) {
        CAPTURE(in_turn);
        std::optional<asio::io_context> home;
        home.emplace(1);
        session app;
        start(*home, connect_into(cluster.options(), app));
        while (app.get_executor() == asio::any_io_executor())
            home->run_one();
        home.reset();
        home.emplace(1);
        auto c = opened_on(*home, node.where(), client_of(speech::plain));
        bool over = false;
        start(*home, ask_in_turn(c, app, in_turn, said[in_turn], over));
        while (!over)
            home->run_one();
        c = {};
    }
    CHECK(said[0] == said[1]);
}

TEST_CASE("close() of a session from another io_context ends well where the session's own goes in "
          "the meantime") {
    for (const bool arrives : {false, true}) {
        CAPTURE(arrives);
        cluster_thread cluster(1, 0, speech::plain, [](session_cluster&) {});
        auto home = std::make_unique<asio::io_context>(1);
        session app;
        start(*home, connect_into(cluster.options(), app));
        while (app.get_executor() == asio::any_io_executor())
            home->run_one();
        asio::io_context away(1);
        bool closed = false;
        start(away, close_session(app, closed));
        away.poll();
        if (arrives)
            home->poll_one();
        home.reset();
        away.restart();
        away.run();
        CHECK(closed);
    }
}

TEST_CASE("A request of a session from another io_context is cancelled in a loop within the "
          "handler that sent it: before it has arrived") {
    cluster_thread cluster(1, 0, speech::plain, [](session_cluster& all) {
        for (auto& each : all.nodes)
            each->options().silent_statement = "silent";
    });
    asio::io_context home(1);
    session app;
    start(home, connect_into(cluster.options(), app));
    while (app.get_executor() == asio::any_io_executor())
        home.run_one();
    asio::io_context away(1);
    asio::cancellation_signal stop;
    bool over = false;
    std::string said;
    bool done = false;
    asio::post(home, [&] {
        asio::co_spawn(away, ask_session(app, "silent", said, over),
                       asio::bind_cancellation_slot(stop.slot(), rethrow));
        away.poll();
        home.run_for(5ms); // the other handler and what it leads to
        done = true;
    });
    asio::post(home, [&] {
        stop.emit(asio::cancellation_type::terminal);
        away.poll();
    });
    while (!done)
        home.run_one();
    for (int i = 0; i < 2000 && !over; ++i) {
        home.run_for(std::chrono::microseconds(500));
        away.restart();
        away.poll();
    }
    CHECK(over);
    CHECK(said.find("cancelled") != said.npos);
}
