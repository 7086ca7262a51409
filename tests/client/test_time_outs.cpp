#include "node.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

constexpr auto limit = 100ms;
constexpr auto allowance = std::chrono::milliseconds(COCQL_LATENESS_MILLISECONDS);

asio::awaitable<void> sleep(std::chrono::steady_clock::duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> keep_busy(connection connection, bool& stop) {
    while (!stop) {
        auto page = co_await connection.query("busy");
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
    bool stop = false;
    if (how == meanwhile::busy)
        asio::co_spawn(connection.get_executor(), keep_busy(connection, stop), rethrow);
    co_await sleep(2 * limit);
    const auto begun = std::chrono::steady_clock::now();
    auto outcome = co_await as_result(connection.query("silent"));
    taken = std::chrono::steady_clock::now() - begun;
    stop = true;
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
            for (int attempt = 0; attempt < 3 && taken > limit + allowance; ++attempt) {
                std::chrono::steady_clock::duration once{};
                scene s(how, options);
                s.run(ask_for_silence(s.node.where(), client_of(how), what, once));
                taken = std::min(taken, once);
            }
            CHECK(taken >= limit);
            CHECK(taken <= limit + allowance);
        }
    });
}
