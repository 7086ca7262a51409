#include "core/message/query.hpp"
#include "core/wire/frame_header.hpp"
#include "node.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

constexpr std::size_t all_ids = 32768;

asio::awaitable<void> ask_for_own(connection connection, std::string mark, std::size_t& right,
                                  std::size_t& ended) {
    statement_options patient;
    patient.timeout(std::nullopt);
    auto page = co_await as_result(connection.query(mark, patient));
    if (page && text_of(*page) == mark)
        ++right;
    ++ended;
}

asio::awaitable<void> fill_all_ids(endpoint where, connection_options options) {
    options.write_buffer_limits(64'000'000, 1'000'000);
    auto connection = co_await connection::open(where, options);
    std::size_t right = 0;
    std::size_t ended = 0;
    const auto executor = co_await asio::this_coro::executor;
    for (std::size_t i = 0; i < all_ids; ++i)
        asio::co_spawn(executor, ask_for_own(connection, std::to_string(i), right, ended), rethrow);
    co_await until([&] { return connection.state().in_flight == all_ids; });
    statement_options impatient;
    impatient.busy(when_busy::refuse);
    auto refused = co_await as_result(connection.query("one too many", impatient));
    REQUIRE(!refused);
    CHECK(refused.error().is(errc::connection_busy));
    CHECK(refused.error().outcome() == request_outcome::not_sent);
    CHECK(ended == 0);
    co_await until([&] { return ended == all_ids; });
    CHECK(right == all_ids);
    CHECK(connection.state().in_flight == 0);
    CHECK(connection.state().orphans == 0);
    co_await connection.close();
}

asio::awaitable<void> ask_much(endpoint where, connection_options options, int count) {
    auto connection = co_await connection::open(where, options);
    for (int i = 0; i < count; ++i) {
        const std::string cql = std::to_string(i) + std::string(40'000, 'x');
        auto page = co_await connection.query(cql);
        CHECK(text_of(page) == cql);
    }
    co_await connection.close();
}

/// A whole QUERY frame that the node never answers.
std::vector<std::byte> silent_query(std::int16_t stream, const std::string& text) {
    base::buffer body;
    base::byte_writer writer(body);
    const std::string cql = "silent " + text;
    const message::query query(cql);
    REQUIRE(query.encode(writer, protocol_version::v4).has_value());
    base::buffer out;
    base::byte_writer whole(out);
    wire::frame_header header;
    header.version = 4;
    header.stream = stream;
    header.opcode = wire::opcode::query;
    header.length = static_cast<std::uint32_t>(body.size());
    header.encode(whole);
    whole.write_bytes(body.view());
    return {out.view().begin(), out.view().end()};
}

constexpr int pushers = 4;
constexpr int pushes = 100;

asio::awaitable<void> push_from_threads(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    std::atomic<int> pushed = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < pushers; ++t)
        threads.emplace_back([&connection, &pushed, t] {
            for (int i = 0; i < pushes; ++i) {
                const auto frame = silent_query(static_cast<std::int16_t>(t * pushes + i),
                                                std::to_string(t) + " " + std::to_string(i));
                if (connection.push(frame))
                    ++pushed;
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(pushed == pushers * pushes);
    auto page = co_await connection.query("after");
    CHECK(text_of(page) == "after");
    co_await connection.close();
}

asio::awaitable<void> push_too_much(endpoint where, connection_options options) {
    options.write_buffer_limits(100'000, 10'000);
    auto connection = co_await connection::open(where, options);
    const auto frame = silent_query(1, std::string(9'000, 'x'));
    std::size_t accepted = 0;
    std::size_t refused = 0;
    const auto executor = co_await asio::this_coro::executor;
    // The loop turns, so that what is pushed moves on; the node does not read.
    for (int turn = 0; turn < 2000; ++turn) {
        const auto pushed = connection.push(frame);
        if (pushed)
            ++accepted;
        else if (pushed.error().is(errc::connection_busy))
            ++refused;
        co_await asio::post(executor, asio::use_awaitable);
    }
    CHECK(accepted + refused == 2000);
    CHECK(refused > 0);
    CHECK(connection.state().write_buffer_size < 400'000);
    co_await connection.close();
}

} // namespace

TEST_CASE("R29 32,768 requests in flight, answered in reverse order, all get their own answer, "
          "plain and TLS; the next one is busy") {
    for_each_speech([](speech how) {
        auto options = echo();
        options.reverse_after = all_ids;
        scene s(how, options);
        s.run(fill_all_ids(s.node.where(), client_of(how)));
        CHECK(s.node.statements().size() == all_ids);
    });
}

TEST_CASE("B5 a node that changes keys and sends tickets before every answer is understood") {
    auto options = echo();
    options.restless_tls = true;
    scene s(speech::tls_1_3, options);
    s.run(ask_much(s.node.where(), client_of(speech::tls_1_3), 200));
    CHECK(s.node.key_updates() >= 90);
    CHECK(s.node.tickets() >= 90);
}

TEST_CASE("P20 push may be called from any thread; frames leave whole and in the order of each "
          "thread's calls") {
    for_each_speech([](speech how) {
        auto options = echo();
        options.silent_statement = "silent";
        scene s(how, options);
        s.run(push_from_threads(s.node.where(), client_of(how)));
        auto came = s.node.statements();
        REQUIRE(came.size() == pushers * pushes + 1);
        std::erase(came, "after"); // a request, which keeps no order with what is pushed
        std::vector<int> next(pushers, 0);
        for (const auto& each : came) {
            const auto thread = static_cast<std::size_t>(each.at(7) - '0');
            REQUIRE(thread < next.size());
            CHECK(each ==
                  "silent " + std::to_string(thread) + " " + std::to_string(next[thread]++));
        }
    });
}

TEST_CASE("B4 push to a peer that does not read is refused as busy before much is buffered") {
    for_each_speech([](speech how) {
        auto options = echo();
        options.silent_statement = "silent";
        options.deaf_after_startup = true;
        scene s(how, options);
        s.run(push_too_much(s.node.where(), client_of(how)));
    });
}
