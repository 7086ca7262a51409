#include "core/wire/opcode.hpp"
#include "node.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/system_error.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <typeinfo>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

// Every public operation is cancelled after each number of handlers that its two executors have
// run since it began, until it ends by itself before that.

class cancelled_talk {
  public:
    explicit cancelled_talk(speech how)
        : client(client_of(how)), node(home, node_of(how, options())) {
        start(home, open_into(node.where(), client, connection));
        while (!connection)
            turn();
        start(home, prepare(*this));
        while (!statement)
            turn();
    }
    ~cancelled_talk() {
        asio::co_spawn(home, close(connection), [this](std::exception_ptr thrown) {
            node.stop();
            rethrow(thrown);
        });
        connection = {};
        home.restart();
        home.run();
    }
    cancelled_talk(const cancelled_talk&) = delete;
    cancelled_talk& operator=(const cancelled_talk&) = delete;

    /// One handler; whether there was any.
    bool turn() {
        home.restart();
        away.restart();
        return home.poll_one() + away.poll_one() != 0;
    }

    connection_options client;
    asio::io_context home{1};
    asio::io_context away{1};
    testing::scripted_node node;
    cocql::connection connection;
    prepared_statement statement;

  private:
    static testing::node_options options() {
        testing::node_options options;
        options.answer_request =
            [](const testing::node_request& request) -> std::optional<testing::node_reply> {
            const auto rows = testing::rows_of({"text"});
            if (!request.cql.starts_with("pages") || !request.paging_state.empty())
                return rows;
            const std::vector<std::byte> next{std::byte{2}};
            return testing::with_more(rows, next);
        };
        options.prepared_columns = {{"scripted", "answers", "text", data_type::kind::text}};
        return options;
    }
    static asio::awaitable<void> prepare(cancelled_talk& with) {
        with.statement = co_await with.connection.prepare("SELECT ?");
    }
    static asio::awaitable<void> close(cocql::connection connection) {
        co_await connection.close();
    }
};

using operation = asio::awaitable<void> (*)(cancelled_talk&);

asio::awaitable<void> do_open(cancelled_talk& with) {
    auto other = co_await connection::open(with.node.where(), with.client);
}
asio::awaitable<void> do_query(cancelled_talk& with) {
    co_await with.connection.query("SELECT");
}
asio::awaitable<void> do_query_with_arguments(cancelled_talk& with) {
    co_await with.connection.query("SELECT ?", "text");
}
asio::awaitable<void> do_prepare(cancelled_talk& with) {
    co_await with.connection.prepare("SELECT ?");
}
asio::awaitable<void> do_execute(cancelled_talk& with) {
    co_await with.connection.execute(with.statement, "text");
}
asio::awaitable<void> do_execute_forgotten(cancelled_talk& with) {
    auto forgotten = std::make_shared<bool>(false);
    with.node.options().forgets = [forgotten](const std::string&) {
        return !std::exchange(*forgotten, true);
    };
    co_await with.connection.execute(with.statement, "text");
}
asio::awaitable<void> do_execute_values(cancelled_talk& with) {
    std::vector<value> values(1, value("text"));
    co_await with.connection.execute(with.statement, values);
}
asio::awaitable<void> do_execute_batch(cancelled_talk& with) {
    batch statements;
    statements.add("INSERT").add(with.statement, "text");
    co_await with.connection.execute(statements);
}
/// A coroutine that was cancelled while its operation ended well is told by Asio itself when it
/// awaits the next one.
asio::awaitable<void> do_pages(cancelled_talk& with) {
    auto pages = with.connection.pages("pages");
    auto first = co_await pages.next();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none)
        co_await pages.next();
}
asio::awaitable<void> do_pages_without_prefetch(cancelled_talk& with) {
    auto pages = with.connection.pages("pages");
    pages.prefetch(false);
    auto first = co_await pages.next();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none)
        co_await pages.next();
}
asio::awaitable<void> do_rows(cancelled_talk& with) {
    auto rows = with.connection.pages("pages").rows<std::string>();
    auto first = co_await rows.next();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none)
        co_await rows.next();
}
asio::awaitable<void> do_fetch_trace(cancelled_talk& with) {
    co_await with.connection.fetch_trace(uuid(), 30ms);
}
asio::awaitable<void> do_request(cancelled_talk& with) {
    raw_request options(opcode::options, {});
    co_await with.connection.request(options);
}
asio::awaitable<void> do_close(cancelled_talk& with) {
    co_await with.connection.close();
}

struct named_operation {
    const char* name;
    operation work;
};

constexpr named_operation all_operations[] = {
    {"open()", do_open},
    {"query()", do_query},
    {"query() with arguments", do_query_with_arguments},
    {"prepare()", do_prepare},
    {"execute()", do_execute},
    {"execute() of a forgotten statement", do_execute_forgotten},
    {"execute() of values", do_execute_values},
    {"execute() of a batch", do_execute_batch},
    {"pages().next()", do_pages},
    {"pages().next() without fetching ahead", do_pages_without_prefetch},
    {"rows().next()", do_rows},
    {"fetch_trace()", do_fetch_trace},
    {"request()", do_request}};

/// What became of it.
enum class attempted { under_way, done, cancelled, failed };

/// Every type of cancellation is let through, as a caller may.
asio::awaitable<void> attempt(operation work, cancelled_talk& with, bool& begun) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    begun = true;
    co_await work(with);
}

/// Cancels it after so many handlers; whether it was still under way then.
bool cancel_after(int handlers, operation work, cancelled_talk& with, asio::io_context& where,
                  asio::cancellation_type type, attempted& ended) {
    ended = attempted::under_way;
    bool begun = false;
    asio::cancellation_signal signal;
    asio::co_spawn(
        where, attempt(work, with, begun),
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown) {
            try {
                rethrow(thrown);
                ended = attempted::done;
            } catch (const error& failure) {
                INFO(std::string(failure.what()));
                ended = failure.is(errc::cancelled) ? attempted::cancelled : attempted::failed;
                CHECK((ended == attempted::cancelled || failure.is(errc::not_found)));
            } catch (const std::exception& other) {
                ended = attempted::failed;
                FAIL_CHECK("it threw another exception: " << std::string(typeid(other).name())
                                                          << ": " << std::string(other.what()));
            }
        }));
    while (!begun)
        with.turn();
    const auto end = std::chrono::steady_clock::now() + 20s;
    for (int done = 0; done < handlers && ended == attempted::under_way;) {
        if (with.turn())
            ++done;
        else
            std::this_thread::yield();
        REQUIRE(std::chrono::steady_clock::now() < end);
    }
    const bool under_way = ended == attempted::under_way;
    // On the executor, as Asio wants it.
    bool emitted = false;
    asio::post(where, [&] {
        signal.emit(type);
        emitted = true;
    });
    while (ended == attempted::under_way || !emitted) {
        with.turn();
        REQUIRE(std::chrono::steady_clock::now() < end);
    }
    return under_way;
}

asio::awaitable<void> ask_once_more(cancelled_talk& with, bool& right) {
    auto page = co_await with.connection.query("still here");
    right = text_of(page) == "text";
}

std::string name_of(asio::cancellation_type type) {
    return type == asio::cancellation_type::terminal  ? "terminal"
           : type == asio::cancellation_type::partial ? "partial"
                                                      : "total";
}

constexpr asio::cancellation_type all_types[] = {asio::cancellation_type::terminal,
                                                 asio::cancellation_type::partial,
                                                 asio::cancellation_type::total};

} // namespace

TEST_CASE("R30 every operation that is cancelled at any moment of it, in any way, on its executor "
          "or another, ends with cocql::error and leaves the connection usable") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const auto& each : all_operations)
            for (const bool elsewhere : {false, true}) {
                cancelled_talk with(how);
                for (const auto type : all_types) {
                    CAPTURE(name_of(how));
                    CAPTURE(std::string(each.name));
                    CAPTURE(elsewhere);
                    CAPTURE(name_of(type));
                    int cancelled = 0;
                    int handlers = 0;
                    for (bool under_way = true; under_way; ++handlers) {
                        CAPTURE(handlers);
                        auto ended = attempted::under_way;
                        under_way = cancel_after(handlers, each.work, with,
                                                 elsewhere ? with.away : with.home, type, ended);
                        cancelled += ended == attempted::cancelled ? 1 : 0;
                        bool right = false;
                        start(elsewhere ? with.away : with.home, ask_once_more(with, right));
                        while (!right)
                            with.turn();
                        REQUIRE(handlers < 2'000);
                    }
                    // The last one ended by itself.
                    CHECK(handlers > 1);
                    CHECK(cancelled >= 1);
                }
            }
}

TEST_CASE("R30 close() that is cancelled at any moment ends with cocql::error or well, and the "
          "connection is closed") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const bool elsewhere : {false, true})
            for (const auto type : all_types) {
                CAPTURE(name_of(how));
                CAPTURE(elsewhere);
                CAPTURE(name_of(type));
                bool under_way = true;
                for (int handlers = 0; under_way; ++handlers) {
                    CAPTURE(handlers);
                    cancelled_talk with(how);
                    auto ended = attempted::under_way;
                    under_way = cancel_after(handlers, do_close, with,
                                             elsewhere ? with.away : with.home, type, ended);
                    const auto end = std::chrono::steady_clock::now() + 20s;
                    while (with.connection.state().open) {
                        with.turn();
                        REQUIRE(std::chrono::steady_clock::now() < end);
                    }
                    REQUIRE(handlers < 2'000);
                }
            }
}

namespace {

asio::awaitable<void> ask_silence(connection connection, bool& inside, std::optional<error>& why) {
    auto outcome = co_await as_result(connection.query("silent"));
    CHECK_FALSE(inside);
    if (!outcome)
        why = outcome.error();
}

} // namespace

TEST_CASE("R27 R30 cancelling the request that makes the connection drain resumes nobody else in "
          "the middle of the caller's signal") {
    for_each_speech([](speech how) {
        auto options = echo();
        options.silent_statement = "silent";
        asio::io_context home(1);
        testing::scripted_node node(home, node_of(how, options));
        auto client = client_of(how);
        client.max_in_flight(2).orphan_limits(0, 60s);
        connection connection;
        connection = opened_on(home, node.where(), client);
        bool inside = false;
        std::optional<error> why[3];
        asio::cancellation_signal signals[3];
        for (int i = 0; i < 3; ++i)
            asio::co_spawn(home, ask_silence(connection, inside, why[i]),
                           asio::bind_cancellation_slot(signals[i].slot(), rethrow));
        while (node.count(wire::opcode::query) != 2)
            home.run_one();
        CHECK(connection.state().waiting == 1);
        asio::post(home, [&] {
            inside = true;
            signals[0].emit(asio::cancellation_type::terminal);
            inside = false;
        });
        while (!why[0] || !why[2])
            home.run_one();
        CHECK(why[0]->is(errc::cancelled));
        CHECK(why[2]->has(errc::connection_draining));
        CHECK(why[2]->outcome() == request_outcome::not_sent);
        CHECK_FALSE(why[1].has_value());
        CHECK(connection.state().draining);
        signals[1].emit(asio::cancellation_type::terminal);
        while (!why[1] || connection.state().draining)
            home.run_one();
        CHECK(connection.state().last_error.is(errc::connection_draining));
        connection = {};
        node.stop();
        home.restart();
        home.run();
    });
}
