#include "node.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

constexpr auto limit = 100ms;
constexpr auto lateness_allowed = std::chrono::milliseconds(COCQL_LATENESS_MILLISECONDS);

asio::awaitable<void> sleep(std::chrono::steady_clock::duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> keep_busy(connection connection, std::shared_ptr<const bool> stop) {
    while (!*stop) {
        auto outcome = co_await as_result(connection.query("busy"));
        CHECK((outcome || *stop)); // the last one is overtaken by the end
        co_await sleep(5ms);
    }
}

enum class meanwhile { idle, busy };

/// How long a request lasts that is never answered, on a connection that is older than the time-out
/// of the one before.
asio::awaitable<void> ask_for_silence(endpoint where, connection_options options, meanwhile how,
                                      std::chrono::steady_clock::duration& taken) {
    options.request_timeout(limit);
    auto connection = co_await connection::open(where, options);
    auto first = co_await connection.query("answered");
    const auto stop = std::make_shared<bool>(false);
    if (how == meanwhile::busy)
        asio::co_spawn(connection.get_executor(), keep_busy(connection, stop), rethrow);
    co_await sleep(2 * limit);
    const auto begun = std::chrono::steady_clock::now();
    auto outcome = co_await as_result(connection.query("silent"));
    taken = std::chrono::steady_clock::now() - begun;
    *stop = true;
    REQUIRE(!outcome);
    CHECK(outcome.error().is(errc::timed_out));
    CHECK(outcome.error().outcome() == request_outcome::maybe_executed);
    co_await connection.close();
}

} // namespace

TEST_CASE("R27 an unanswered request ends at its time-out also on a connection that is older than "
          "its first time-out, busy or not") {
    for_each_speech([](speech how) {
        for (const auto what : {meanwhile::idle, meanwhile::busy}) {
            CAPTURE(static_cast<int>(what));
            auto options = echo();
            options.silent_statement = "silent";
            auto taken = std::chrono::steady_clock::duration::max();
            // Once more where the machine was stopped meanwhile.
            for (int attempt = 0; attempt < 3 && taken > limit + lateness_allowed; ++attempt) {
                std::chrono::steady_clock::duration once{};
                scene s(how, options);
                s.run(ask_for_silence(s.node.where(), client_of(how), what, once));
                taken = std::min(taken, once);
            }
            CHECK(taken >= limit);
            CHECK(taken <= limit + lateness_allowed);
        }
    });
}

namespace {

/// Lets the loop turn for a while without asking for anything.
asio::awaitable<void> use_for_ever(endpoint where, connection_options options,
                                   time_limit for_ever) {
    options.connect_timeout(for_ever).request_timeout(for_ever);
    options.heartbeat(for_ever, for_ever).orphan_limits(1000, for_ever);
    auto connection = co_await connection::open(where, options);
    auto page = co_await connection.query("usual");
    CHECK(text_of(page) == "usual");
    statement_options own;
    own.timeout(for_ever);
    page = co_await connection.query("own", own);
    CHECK(text_of(page) == "own");
    statement_options impatient;
    impatient.timeout(20ms);
    auto given_up = co_await as_result(connection.query("silent", impatient));
    REQUIRE(!given_up);
    CHECK(given_up.error().is(errc::timed_out));
    co_await sleep(50ms);
    CHECK(connection.state().open);
    CHECK(connection.state().orphans == 1);
    page = co_await connection.query("after the orphan");
    CHECK(text_of(page) == "after the orphan");
    co_await connection.close();
}

} // namespace

TEST_CASE("R27 R31 a time limit of \"never\", however it is spelled, neither ends anything at once "
          "nor sends heartbeats without a pause") {
    const time_limit spellings[] = {std::chrono::nanoseconds::max(),
                                    std::chrono::milliseconds::max(),
                                    std::chrono::hours::max(),
                                    std::chrono::years(10'000),
                                    std::nullopt,
                                    std::chrono::nanoseconds::max() - std::chrono::hours(1)};
    for (const auto& for_ever : spellings) {
        auto options = echo();
        options.silent_statement = "silent";
        scene s(speech::plain, options);
        s.run(use_for_ever(s.node.where(), client_of(speech::plain), for_ever));
        CHECK(s.node.count(opcode::options) == s.node.accepted());
    }
}

namespace {

asio::awaitable<void> ask_in_no_time(endpoint where, connection_options options, time_limit none) {
    auto connection = co_await connection::open(where, options);
    statement_options own;
    own.timeout(none);
    auto outcome = co_await as_result(connection.query("never sent", own));
    REQUIRE(!outcome);
    CHECK(outcome.error().is(errc::timed_out));
    CHECK(outcome.error().outcome() == request_outcome::not_sent);
    CHECK(outcome.error().operation() == "QUERY");
    auto page = co_await connection.query("sent");
    CHECK(text_of(page) == "sent");
    co_await connection.close();
    auto opened = co_await as_result(
        connection::open(where, connection_options(options).connect_timeout(none)));
    REQUIRE(!opened);
    CHECK(opened.error().is(errc::timed_out));
    auto heartbeat = co_await as_result(
        connection::open(where, connection_options(options).heartbeat(1s, none)));
    REQUIRE(!heartbeat);
    CHECK(heartbeat.error().is(errc::bad_configuration));
    connection_options idle;
    idle.max_in_flight(0);
    auto in_flight = co_await as_result(connection::open(where, idle));
    REQUIRE(!in_flight);
    CHECK(in_flight.error().is(errc::bad_configuration));
    auto without = co_await connection::open(
        where, connection_options(options).heartbeat(none, 1s).orphan_limits(10, none));
    co_await sleep(20ms);
    page = co_await without.query("without heartbeat");
    co_await without.close();
}

} // namespace

TEST_CASE("R27 no time, zero or less, ends at once and nothing is sent") {
    for (const time_limit none : {time_limit(0s), time_limit(-1h)}) {
        scene s(speech::plain, echo());
        s.run(ask_in_no_time(s.node.where(), client_of(speech::plain), none));
        CHECK(s.node.statements() == std::vector<std::string>{"sent", "without heartbeat"});
        CHECK(s.node.accepted() == 2);
        CHECK(s.node.count(opcode::options) == s.node.accepted());
    }
}
