#include "error_story.hpp"
#include "staged.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;
using testing::node_fault;
using testing::silence;

namespace {

constexpr auto not_sent = request_outcome::not_sent;
constexpr auto maybe = request_outcome::maybe_executed;
constexpr auto answered = request_outcome::answered;

testing::node_options quiet() {
    auto options = echo();
    options.silent_statement = "silent";
    return options;
}

connection_options one_at_a_time(speech how) {
    auto options = client_of(how);
    options.max_in_flight(1);
    return options;
}

statement_options refusing() {
    statement_options options;
    options.busy(when_busy::refuse);
    return options;
}

std::vector<std::byte> bytes(std::initializer_list<int> values) {
    std::vector<std::byte> made;
    for (const auto each : values)
        made.push_back(static_cast<std::byte>(each));
    return made;
}

} // namespace

TEST_CASE("R32 requests: a time-out, of one that was sent and of one that waited") {
    for_each_speech([](speech how) {
        staged s(how, quiet(), one_at_a_time(how));
        s.open();
        statement_options limited;
        limited.timeout(10s);
        const auto sent = s.ask("silent", limited);
        s.until([&] { return s.node.count(wire::opcode::query) == 1; });
        const auto waits = s.ask("never", limited);
        s.clock.advance(10s);
        const std::string why = "no answer before the request's deadline";
        story(errc::timed_out, maybe, {"QUERY to", why}).is_told_by(s.failure_of(sent), s.where());
        story(errc::timed_out, not_sent, {"QUERY to", why})
            .is_told_by(s.failure_of(waits), s.where());
    });
}

TEST_CASE("R32 requests: no stream id is free, or the write buffer is full") {
    for_each_speech([](speech how) {
        {
            staged s(how, quiet(), one_at_a_time(how));
            s.open();
            const auto first = s.ask("silent");
            story(errc::connection_busy, not_sent, {"QUERY to", "no stream id is free"})
                .is_told_by(s.failure_of(s.ask("second", refusing())), s.where());
        }
        auto options = quiet();
        options.deaf_after_startup = true;
        auto client = client_of(how);
        client.write_buffer_limits(100'000, 10'000);
        staged s(how, options, client);
        s.open();
        while (s.connection->state().write_buffer_size <= 100'000)
            s.ask("silent" + std::string(90'000, 'x'));
        story(errc::connection_busy, not_sent,
              {"QUERY to", "the write buffer is over its high-water mark"})
            .is_told_by(s.failure_of(s.ask("one more", refusing())), s.where());
    });
}

TEST_CASE("R32 requests: the connection is closed under them, before them, and not open yet") {
    for_each_speech([](speech how) {
        staged s(how, quiet(), one_at_a_time(how));
        const std::string closed = "the connection was closed";
        story(errc::connection_closed, not_sent, {"QUERY to", "the connection is not open"})
            .is_told_by(s.failure_of(s.ask("too early")), s.where());
        s.open();
        const auto sent = s.ask("silent");
        s.until([&] { return s.node.count(wire::opcode::query) == 1; });
        const auto waits = s.ask("never");
        start(s.context, s.connection->close());
        story(errc::connection_closed, maybe, {"QUERY to", closed})
            .is_told_by(s.failure_of(sent), s.where());
        story(errc::connection_closed, not_sent, {"QUERY to", closed})
            .is_told_by(s.failure_of(waits), s.where());
        story(errc::connection_closed, not_sent, {"QUERY to", closed})
            .is_told_by(s.failure_of(s.ask("too late")), s.where());
    });
}

TEST_CASE("R32 requests: the peer ends the connection in the middle of an answer") {
    for_each_speech([](speech how) {
        for (const auto kind : {node_fault::goodbye, node_fault::truncate, node_fault::reset}) {
            INFO("fault " << static_cast<int>(kind));
            auto options = quiet();
            options.fault_after = 50'000;
            options.fault = kind;
            staged s(how, options, client_of(how));
            s.open();
            const bool truncated = kind == node_fault::truncate && how != speech::plain;
            const std::string why = kind == node_fault::reset ? "Connection reset by peer"
                                    : truncated ? "without TLS close_notify (truncated)"
                                                : "closed the connection in the middle of a frame";
            const auto sent = s.ask(std::string(100'000, 'x'));
            story(errc::connection_lost, maybe, {"QUERY to", "the request failed", why})
                .is_told_by(s.failure_of(sent), s.where());
            story(errc::connection_lost, not_sent, {"QUERY to", "the request failed", why})
                .is_told_by(s.failure_of(s.ask("too late")), s.where());
        }
    });
}

TEST_CASE("R32 requests: the connection is defunct by a protocol error, a heartbeat, or orphans") {
    for_each_speech([](speech how) {
        {
            auto options = quiet();
            options.answer = [](const std::string&) {
                return testing::node_reply(wire::opcode::result, {}, 0x80);
            };
            staged s(how, options, client_of(how));
            s.open();
            const auto other = s.ask("silent");
            const auto broken = s.ask("broken");
            for (const auto& each : {other, broken})
                story(errc::protocol_error, maybe,
                      {"QUERY to", "the request failed", "a frame with flags 128"})
                    .is_told_by(s.failure_of(each), s.where());
        }
        {
            staged s(how, quiet(), client_of(how));
            s.open();
            statement_options patient;
            patient.timeout(std::nullopt);
            const auto sent = s.ask("silent", patient);
            s.until([&] { return s.node.count(wire::opcode::query) == 1; });
            s.node.options().silent = silence::at_options;
            s.clock.advance(30s);
            s.until([&] { return s.node.count(wire::opcode::options) == 2; });
            // What was sent may be acknowledged only now, which is a sign of life.
            s.until([&] {
                s.clock.advance(1s);
                return sent->has_value();
            });
            story(errc::heartbeat_failed, maybe,
                  {"QUERY to", "the peer did not answer the heartbeat", "OPTIONS to",
                   "nothing was received within the heartbeat's time-out"})
                .is_told_by(s.failure_of(sent), s.where());
        }
        auto client = client_of(how);
        client.max_in_flight(2).orphan_limits(0, 60s);
        staged s(how, quiet(), client);
        s.open();
        statement_options limited;
        limited.timeout(10s);
        statement_options patient;
        patient.timeout(std::nullopt);
        const auto sent = s.ask("silent", limited);
        const auto stays = s.ask("silent", patient); // the connection is drained, not ended
        const auto waits = s.ask("waits", patient);
        s.until([&] { return s.node.count(wire::opcode::query) == 2; });
        s.clock.advance(10s);
        s.failure_of(sent);
        story(errc::connection_draining, not_sent, {"QUERY to", "too many requests were given up"})
            .is_told_by(s.failure_of(waits), s.where());
        story(errc::connection_draining, not_sent,
              {"QUERY to", "the connection takes no new requests"})
            .is_told_by(s.failure_of(s.ask("too late")), s.where());
    });
}

// --- what only the public face does

namespace {

/// Runs against a node that answers every statement by `reply`.
template <class Work>
void with_answers(speech how, testing::node_reply reply, Work work) {
    testing::node_options options;
    options.answer = [reply](const std::string&) { return std::optional(reply); };
    scene s(how, options);
    const auto open_and_work = [&]() -> asio::awaitable<void> {
        auto connection = co_await connection::open(s.node.where(), client_of(how));
        co_await work(connection, s.node.where().to_string());
        co_await connection.close();
    };
    s.run(open_and_work());
}

testing::node_reply no_such_table() {
    server_error said;
    said.code = server_error_code::invalid;
    said.message = "no such table";
    return testing::error_of(said);
}

asio::awaitable<void> query_fails(connection connection, std::string where, story expected) {
    auto page = co_await as_result(connection.query("a statement"));
    REQUIRE(!page);
    expected.is_told_by(page.error(), where);
}

asio::awaitable<void> server_errors(connection connection, std::string where) {
    const std::string why = ": Invalid: no such table";
    const story of_query(errc::server_error, answered, {"QUERY to", why});
    co_await query_fails(connection, where, of_query);
    auto prepared = co_await connection.prepare("?");
    const std::vector<value> one{value("x")};
    auto executed = co_await as_result(connection.execute(prepared, one));
    REQUIRE(!executed);
    story(errc::server_error, answered, {"EXECUTE to", why}).is_told_by(executed.error(), where);
}

asio::awaitable<void> wrong_arguments(connection connection, std::string where) {
    auto prepared = co_await connection.prepare("? ?");
    const std::vector<value> one{value("x")};
    auto fewer = co_await as_result(connection.execute(prepared, one));
    REQUIRE(!fewer);
    story(errc::invalid_argument, not_sent, {"EXECUTE to", "1 values for 2 markers"})
        .is_told_by(fewer.error(), where);
    const std::vector<value> numbers{value("x"), value(7)};
    auto wrong = co_await as_result(connection.execute(prepared, numbers));
    REQUIRE(!wrong);
    story(errc::invalid_argument, not_sent, {"EXECUTE to", "parameter 'p1'"})
        .is_told_by(wrong.error(), where);
    const std::vector<value> none;
    auto unprepared = co_await as_result(connection.execute(prepared_statement(), none));
    REQUIRE(!unprepared);
    story(errc::invalid_argument, not_sent, {"EXECUTE to", "the prepared statement is empty"})
        .is_told_by(unprepared.error(), where);
}

} // namespace

TEST_CASE("R32 requests: the server's error, to each kind of request") {
    for_each_speech([](speech how) {
        with_answers(how, no_such_table(), &server_errors);
        testing::node_options options;
        server_error said;
        said.code = server_error_code::unauthorized;
        said.message = "not you";
        options.refused[wire::opcode::prepare] = said;
        scene s(how, options);
        const auto prepare = [&]() -> asio::awaitable<void> {
            auto connection = co_await connection::open(s.node.where(), client_of(how));
            auto prepared = co_await as_result(connection.prepare("?"));
            REQUIRE(!prepared);
            story(errc::server_error, answered, {"PREPARE to", ": Unauthorized: not you"})
                .is_told_by(prepared.error(), s.node.where().to_string());
            co_await connection.close();
        };
        s.run(prepare());
    });
}

TEST_CASE(
    "R32 requests: the server's error about a statement of 100 kB, whose length wraps around") {
    const auto text = "line 1:0 no viable alternative at input '" + std::string(100'000, 'x') + "'";
    server_error said;
    said.code = server_error_code::syntax_error;
    said.message = text;
    for_each_speech([&](speech how) {
        testing::node_options options;
        options.refused[wire::opcode::prepare] = said;
        options.answer = [&](const std::string&) { return std::optional(testing::error_of(said)); };
        scene s(how, options);
        const auto ask = [&]() -> asio::awaitable<void> {
            auto connection = co_await connection::open(s.node.where(), client_of(how));
            const auto where = s.node.where().to_string();
            const story of_query(errc::server_error, answered,
                                 {"QUERY to", ": Syntax_error: " + text});
            co_await query_fails(connection, where, of_query);
            auto prepared = co_await as_result(connection.prepare(std::string(100'000, 'x')));
            REQUIRE(!prepared);
            story(errc::server_error, answered, {"PREPARE to", ": Syntax_error: " + text})
                .is_told_by(prepared.error(), where);
            REQUIRE(prepared.error().server() != nullptr);
            CHECK(prepared.error().server()->code == server_error_code::syntax_error);
            co_await connection.close();
        };
        s.run(ask());
    });
}

TEST_CASE("R32 requests: an answer that means nothing is about a request that may have been "
          "executed") {
    const std::vector<std::pair<testing::node_reply, std::string>> replies{
        {{wire::opcode::ready, {}}, "a statement was answered by READY"},
        {{wire::opcode::result, bytes({0, 0, 0, 9})}, "answered by a RESULT of kind 9"},
        {{wire::opcode::result, bytes({0, 0})}, "RESULT: truncated or malformed"},
        {{wire::opcode::error, bytes({0, 0})}, "ERROR: truncated or malformed"},
    };
    for_each_speech([&](speech how) {
        for (const auto& each : replies) {
            const std::string why = each.second;
            INFO(why);
            const story expected(errc::protocol_error, maybe, {"QUERY to", why});
            const auto fails = [&](connection connection,
                                   std::string where) -> asio::awaitable<void> {
                co_await query_fails(connection, where, expected);
            };
            with_answers(how, each.first, fails);
        }
    });
}

namespace {

asio::awaitable<void> long_payloads(connection connection, std::string where) {
    statement_options long_key;
    long_key.custom_payload({{std::string(70'000, 'k'), {}}});
    auto refused = co_await as_result(connection.query("a statement", long_key));
    REQUIRE(!refused);
    story(errc::invalid_argument, not_sent,
          {"QUERY to", "a key of the custom payload is longer than 65,535"})
        .is_told_by(refused.error(), where);
    std::map<std::string, std::vector<std::byte>> entries;
    for (int i = 0; i < 70'000; ++i)
        entries[std::to_string(i)] = {};
    statement_options many;
    many.custom_payload(entries);
    refused = co_await as_result(connection.query("a statement", many));
    REQUIRE(!refused);
    story(errc::invalid_argument, not_sent,
          {"QUERY to", "the custom payload is longer than 65,535"})
        .is_told_by(refused.error(), where);
    auto after = co_await as_result(connection.query("a statement"));
    CHECK(after.has_value());
}

} // namespace

TEST_CASE("R32 requests: what cannot be sent was not sent") {
    for_each_speech([](speech how) {
        with_answers(how, testing::rows_of({}), &wrong_arguments);
        with_answers(how, testing::rows_of({}), &long_payloads);
        auto small = client_of(how);
        small.max_request_size(1000);
        scene s(how, echo());
        const auto too_long = [&]() -> asio::awaitable<void> {
            auto connection = co_await connection::open(s.node.where(), small);
            auto page = co_await as_result(connection.query(std::string(2000, 'x')));
            REQUIRE(!page);
            story(errc::invalid_argument, not_sent,
                  {"QUERY to", "longer than max_request_size, 1000 bytes"})
                .is_told_by(page.error(), s.node.where().to_string());
            co_await connection.close();
        };
        s.run(too_long());
    });
}

namespace {

asio::awaitable<result<page>> ask_for(connection connection, std::string cql) {
    auto outcome = co_await as_result(connection.query(cql));
    co_return outcome;
}

asio::awaitable<void> cancel_both(testing::scripted_node& node, connection_options options) {
    auto connection = co_await connection::open(node.where(), options);
    asio::cancellation_signal sent;
    asio::cancellation_signal waits;
    std::optional<result<page>> of_sent;
    std::optional<result<page>> of_waiting;
    const auto into = [](std::optional<result<page>>& outcome) {
        return [&outcome](std::exception_ptr thrown, result<page> ended) {
            rethrow(thrown);
            outcome = std::move(ended);
        };
    };
    const auto executor = connection.get_executor();
    asio::co_spawn(executor, ask_for(connection, "silent"),
                   asio::bind_cancellation_slot(sent.slot(), into(of_sent)));
    co_await until([&] { return node.count(wire::opcode::query) == 1; });
    asio::co_spawn(executor, ask_for(connection, "waits"),
                   asio::bind_cancellation_slot(waits.slot(), into(of_waiting)));
    co_await until([&] { return connection.state().waiting == 1; });
    waits.emit(asio::cancellation_type::terminal);
    sent.emit(asio::cancellation_type::terminal);
    co_await until([&] { return of_sent && of_waiting; });
    const std::string why = "the wait for the answer was cancelled";
    const auto where = node.where().to_string();
    story(errc::cancelled, maybe, {"QUERY to", why}).is_told_by(of_sent->error(), where);
    story(errc::cancelled, not_sent, {"QUERY to", why}).is_told_by(of_waiting->error(), where);
    co_await connection.close();
}

} // namespace

TEST_CASE("R32 requests: cancelled, one that was sent and one that waited") {
    for_each_speech([](speech how) {
        scene s(how, quiet());
        s.run(cancel_both(s.node, one_at_a_time(how)));
    });
}
