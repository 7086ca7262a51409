#include "core/wire/opcode.hpp"
#include "node.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

constexpr auto allowed_lateness = std::chrono::milliseconds(COCQL_LATENESS_MILLISECONDS);
constexpr auto beat_time = 200ms; // interval and time-out of heartbeats

testing::node_options laconic() {
    testing::node_options options;
    options.answer = [](const std::string&) { return testing::rows_of({"all read"}); };
    return options;
}

/// What becomes of a statement of so many bytes that a peer reads slowly, or in part.
class long_statement {
  public:
    long_statement(speech how, testing::relay_options pace)
        : scene_(how, laconic()), relay_(scene_.context, scene_.node.where(), pace), how_(how) {}

    void send(std::size_t size, time_limit limit) { scene_.run(ask(size, limit)); }

    std::optional<error> failure;                ///< of the request
    std::chrono::steady_clock::duration taken{}; ///< by it
    bool survived = false;                       ///< the connection, and answers

  private:
    asio::awaitable<void> ask(std::size_t size, time_limit limit) {
        const stopping guard(relay_);
        auto client = client_of(how_);
        client.heartbeat(beat_time, beat_time);
        auto connection = co_await connection::open(relay_.where(), client);
        statement_options options;
        options.timeout(limit);
        const auto begun = std::chrono::steady_clock::now();
        auto outcome = co_await as_result(connection.query(std::string(size, 'x'), options));
        taken = std::chrono::steady_clock::now() - begun;
        if (!outcome)
            failure = outcome.error();
        options.timeout(std::nullopt);
        auto after = co_await as_result(connection.query("after it", options));
        survived = after.has_value();
        co_await connection.close();
    }

    scene scene_;
    testing::relay relay_;
    speech how_;
};

testing::relay_options slow(std::size_t bytes_per_second) {
    testing::relay_options pace;
    pace.bytes_per_second_from_client = bytes_per_second;
    return pace;
}

} // namespace

TEST_CASE("R31 a connection that is only busy sending is not ended by its heartbeat") {
    for_each_speech([](speech how) {
        // The first is in the system's buffer at once, the second for the most part in our own.
        for (const std::size_t size : {1'200'000u, 8'000'000u}) {
            CAPTURE(size);
            long_statement statement(how, slow(size));
            statement.send(size, std::nullopt);
            CHECK_FALSE(statement.failure);
            if (statement.failure)
                MESSAGE(std::string(statement.failure->what()));
            CHECK(statement.taken >= 3 * beat_time);
            CHECK(statement.survived);
        }
    });
}

TEST_CASE("R31 R27 a request that is sent for longer than its own time-out ends by that, and the "
          "connection stays") {
    for_each_speech([](speech how) {
        const auto limit = 3 * beat_time;
        auto shortest = std::chrono::steady_clock::duration::max();
        // Once more where the machine was stopped meanwhile.
        for (int attempt = 0; attempt < 3 && shortest > limit + allowed_lateness; ++attempt) {
            long_statement statement(how, slow(1'500'000));
            statement.send(2'000'000, limit);
            REQUIRE(statement.failure);
            CHECK(statement.failure->is(errc::timed_out));
            CHECK(statement.failure->outcome() == request_outcome::maybe_executed);
            CHECK(statement.survived);
            CHECK(statement.taken >= limit);
            shortest = std::min(shortest, statement.taken);
        }
        CHECK(shortest <= limit + allowed_lateness);
    });
}

TEST_CASE(
    "R31 a peer that stops reading in the middle of a request is found out by the heartbeat") {
    for_each_speech([](speech how) {
        for (const std::size_t size : {1'200'000u, 8'000'000u}) {
            CAPTURE(size);
            testing::relay_options deaf;
            deaf.deaf_after = 300'000;
            const auto longest = beat_time + beat_time + beat_time / 4 + allowed_lateness;
            auto shortest = std::chrono::steady_clock::duration::max();
            for (int attempt = 0; attempt < 3 && shortest > longest; ++attempt) {
                long_statement statement(how, deaf);
                statement.send(size, std::nullopt);
                REQUIRE(statement.failure);
                CHECK(statement.failure->has(errc::heartbeat_failed));
                CHECK(std::string(statement.failure->what())
                          .find("the peer takes nothing of what is sent to it") !=
                      std::string::npos);
                CHECK_FALSE(statement.survived);
                // The heartbeat counts from moments of a clock that ticks every few milliseconds.
                CHECK(statement.taken >= 2 * beat_time - 10ms);
                shortest = std::min(shortest, statement.taken);
            }
            CHECK(shortest <= longest);
        }
    });
}

namespace {

asio::awaitable<void> ask_slow(endpoint where, connection_options options) {
    options.heartbeat(beat_time, beat_time).max_in_flight(1);
    auto connection = co_await connection::open(where, options);
    statement_options patient;
    patient.timeout(std::nullopt);
    for (int i = 0; i < 2; ++i) {
        auto page = co_await connection.query("slow", patient);
        CHECK(text_of(page) == "all read");
    }
    co_await connection.close();
}

} // namespace

TEST_CASE(
    "R31 a connection whose only request may take longer than its heartbeat is not ended by it") {
    for_each_speech([](speech how) {
        auto options = laconic();
        options.delay = [](const std::string& cql) { return cql == "slow" ? 4 * beat_time : 0ms; };
        scene s(how, options);
        s.run(ask_slow(s.node.where(), client_of(how)));
        CHECK(s.node.count(wire::opcode::options) > 3);
    });
}
