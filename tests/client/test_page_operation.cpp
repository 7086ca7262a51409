#include "node.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

/// A connection on an io_context that the test turns by itself, to a node that answers each
/// statement with its own text and those that begin with "never" not at all.
class operations {
  public:
    operations() : node(context, options()) {
        connection = opened_on(context, node.where(), connection_options());
        answered = prepared("SELECT …");
        unanswered = prepared("never");
    }
    ~operations() {
        connection = cocql::connection();
        node.stop();
        context.restart();
        context.run();
    }
    operations(const operations&) = delete;
    operations& operator=(const operations&) = delete;

    template <class Condition>
    void until(Condition condition) {
        context.restart();
        while (!condition())
            context.run_one();
    }
    void run(asio::awaitable<void> work) {
        bool over = false;
        std::exception_ptr failure;
        asio::co_spawn(context, std::move(work), [&](std::exception_ptr thrown) {
            over = true;
            failure = thrown;
        });
        until([&] { return over; });
        rethrow(failure);
    }

    asio::io_context context{1};
    testing::scripted_node node;
    cocql::connection connection;
    prepared_statement answered, unanswered;

  private:
    static testing::node_options options() {
        auto options = echo();
        options.silent_statement = "never";
        return options;
    }
    prepared_statement prepared(std::string cql) {
        prepared_statement made;
        bool over = false;
        asio::co_spawn(context, connection.prepare(std::move(cql)),
                       [&](std::exception_ptr thrown, prepared_statement statement) {
                           over = true;
                           rethrow(thrown);
                           made = std::move(statement);
                       });
        until([&] { return over; });
        return made;
    }
};

/// What a callback was called with, and how often.
struct heard {
    int times = 0;
    std::exception_ptr thrown;
    page given;

    auto callback() {
        return [this](std::exception_ptr why, page what) {
            ++times;
            thrown = std::move(why);
            given = std::move(what);
        };
    }
    errc code() const {
        try {
            rethrow(thrown);
        } catch (const error& why) {
            return why.code();
        }
        throw std::runtime_error("it has not failed");
    }
};

asio::awaitable<void> await_as_all_it_converts_to(operations& with) {
    asio::awaitable<page> converted = with.connection.execute(with.answered);
    const auto first = co_await std::move(converted);
    CHECK(text_of(first) == "SELECT …");
    auto called = with.connection.execute(with.answered)(asio::use_awaitable);
    const auto second = co_await std::move(called);
    CHECK(text_of(second) == "SELECT …");
    auto asked = as_result(with.connection.execute(with.answered));
    const auto third = co_await std::move(asked);
    REQUIRE(third.has_value());
    CHECK(text_of(*third) == "SELECT …");
    auto refused = as_result(with.connection.execute(with.answered, 1));
    const auto fourth = co_await std::move(refused);
    REQUIRE(!fourth.has_value());
    CHECK(fourth.error().code() == errc::invalid_argument);
}

asio::awaitable<void> await_twice(operations& with) {
    auto once = with.connection.execute(with.answered);
    const auto answer = co_await std::move(once);
    CHECK(text_of(answer) == "SELECT …");
    auto again = as_result(std::move(once));
    const auto refused = co_await std::move(again);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().code() == errc::invalid_argument);
    CHECK(refused.error().outcome() == request_outcome::not_sent);
}

asio::awaitable<void> combine(operations& with) {
    asio::steady_timer at_once(with.context, std::chrono::seconds(0));
    auto lost = with.connection.execute(with.unanswered) || at_once.async_wait(asio::use_awaitable);
    const auto timer_won = co_await std::move(lost);
    CHECK(timer_won.index() == 1);
    asio::steady_timer late(with.context, std::chrono::hours(1));
    auto won = late.async_wait(asio::use_awaitable) || with.connection.execute(with.answered);
    const auto page_won = co_await std::move(won);
    REQUIRE(page_won.index() == 1);
    CHECK(text_of(std::get<1>(page_won)) == "SELECT …");
    auto two = with.connection.execute(with.answered) && with.connection.execute(with.answered);
    const auto both = co_await std::move(two);
    CHECK(text_of(std::get<0>(both)) == "SELECT …");
    CHECK(text_of(std::get<1>(both)) == "SELECT …");
    auto either =
        with.connection.execute(with.unanswered) || with.connection.execute(with.answered);
    const auto second = co_await std::move(either);
    CHECK(second.index() == 1);
}

asio::awaitable<void> fail_a_thousand_times(operations& with) {
    for (int i = 0; i < 1000; ++i) {
        auto refused = as_result(with.connection.execute(with.answered, 1));
        const auto outcome = co_await std::move(refused);
        REQUIRE(!outcome.has_value());
    }
}

asio::awaitable<void> hold_while_executing(connection client, prepared_statement statement,
                                           std::shared_ptr<int> token, bool& resumed) {
    const auto answer = co_await client.execute(statement);
    resumed = true;
    token.reset();
}

asio::awaitable<void> await_what_was_moved(operations& with) {
    auto first = with.connection.execute(with.answered);
    auto second = with.connection.execute(with.answered);
    first = std::move(second);
    auto left = as_result(std::move(second));
    const auto refused = co_await std::move(left);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().code() == errc::invalid_argument);
    const auto answer = co_await std::move(first);
    CHECK(text_of(answer) == "SELECT …");
}

/// Cancels somebody when it goes.
struct cancels_at_its_end {
    asio::cancellation_signal& whom;
    ~cancels_at_its_end() { whom.emit(asio::cancellation_type::terminal); }
};

asio::awaitable<void> execute_and_cancel_at_end(connection client, prepared_statement statement,
                                                asio::cancellation_signal& whom) {
    const cancels_at_its_end kept{whom};
    const auto answer = co_await client.execute(statement);
}

asio::awaitable<void> execute_only(connection client, prepared_statement statement) {
    const auto answer = co_await client.execute(statement);
}

/// A handler of its own making, with a slot and no executor.
struct slotted {
    asio::cancellation_slot slot;
    using cancellation_slot_type = asio::cancellation_slot;
    cancellation_slot_type get_cancellation_slot() const noexcept { return slot; }
    void operator()(std::exception_ptr) const {}
};

} // namespace

TEST_CASE("an execution is served to a callback, which hears of its page or of why there is none") {
    operations with;
    heard page_of, failure_of;
    with.connection.execute(with.answered)(page_of.callback());
    with.connection.execute(with.answered, 1)(failure_of.callback());
    CHECK(page_of.times + failure_of.times == 0); // not inside the call
    with.until([&] { return page_of.times == 1 && failure_of.times == 1; });
    CHECK(text_of(page_of.given) == "SELECT …");
    CHECK(failure_of.code() == errc::invalid_argument);
}

TEST_CASE("an execution is served to a future") {
    operations with;
    auto answer = with.connection.execute(with.answered)(asio::use_future);
    with.until(
        [&] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    CHECK(text_of(answer.get()) == "SELECT …");
}

TEST_CASE("an execution can be given to co_spawn, and its callback is called where it says") {
    operations with;
    heard spawned;
    asio::co_spawn(with.context, with.connection.execute(with.answered), spawned.callback());
    with.until([&] { return spawned.times == 1; });
    CHECK(text_of(spawned.given) == "SELECT …");

    asio::thread_pool elsewhere(1);
    std::promise<std::thread::id> where;
    with.connection.execute(with.answered)(
        asio::bind_executor(elsewhere, [&](std::exception_ptr thrown, page) {
            CHECK(!thrown);
            where.set_value(std::this_thread::get_id());
        }));
    auto known = where.get_future();
    with.context.restart();
    while (known.wait_for(std::chrono::milliseconds(0)) != std::future_status::ready)
        with.context.run_one_for(std::chrono::milliseconds(1));
    CHECK(known.get() != std::this_thread::get_id());
    elsewhere.join();
}

TEST_CASE("an execution is an awaitable where one is asked for") {
    operations with;
    with.run(await_as_all_it_converts_to(with));
}

TEST_CASE("an execution that is awaited a second time says so") {
    operations with;
    with.run(await_twice(with));
}

TEST_CASE("executions are combined by the operators of awaitables") {
    operations with;
    with.run(combine(with));
}

TEST_CASE("an execution that nobody awaits sends nothing") {
    operations with;
    const auto before = with.node.count(opcode::execute);
    { auto dropped = with.connection.execute(with.answered); }
    with.run(await_as_all_it_converts_to(with));
    CHECK(with.node.count(opcode::execute) == before + 3);
}

TEST_CASE("executions that fail before they are sent do not pile up on the stack") {
    operations with;
    with.run(fail_a_thousand_times(with));
}

TEST_CASE("the callback of an execution is cancelled by its slot, in every moment") {
    operations with;
    for (int turns = 0; turns < 6; ++turns) {
        asio::cancellation_signal stop;
        heard cancelled;
        with.connection.execute(with.unanswered)(
            asio::bind_cancellation_slot(stop.slot(), cancelled.callback()));
        with.context.restart();
        for (int i = 0; i < turns; ++i)
            with.context.poll_one();
        stop.emit(asio::cancellation_type::terminal);
        stop.emit(asio::cancellation_type::terminal); // of no consequence
        with.until([&] { return cancelled.times == 1; });
        CHECK(cancelled.thrown);
        CHECK(with.connection.state().open);
    }
}

TEST_CASE(
    "the callback of an execution that is cancelled before it has begun is called, and nothing "
    "is sent") {
    operations with;
    const auto before = with.node.count(opcode::execute);
    asio::cancellation_signal stop;
    heard cancelled;
    // What is to run before the execution begins.
    asio::post(with.context, [&] { stop.emit(asio::cancellation_type::terminal); });
    with.connection.execute(with.unanswered)(
        asio::bind_cancellation_slot(stop.slot(), cancelled.callback()));
    with.until([&] { return cancelled.times == 1; });
    CHECK(cancelled.code() == errc::cancelled);
    with.run(await_as_all_it_converts_to(with));
    CHECK(with.node.count(opcode::execute) == before + 3);
    CHECK(cancelled.times == 1);
}

TEST_CASE(
    "the callback of an execution that fails at once is called once, also when it is cancelled "
    "from then on") {
    operations with;
    for (int turns = 0; turns < 4; ++turns) {
        asio::cancellation_signal stop;
        heard failed;
        asio::post(with.context, [&] {
            connection().execute(with.answered)(asio::bind_executor(
                with.context, asio::bind_cancellation_slot(stop.slot(), failed.callback())));
            if (turns == 0)
                stop.emit(asio::cancellation_type::terminal);
        });
        with.context.restart();
        for (int i = 0; i < turns; ++i)
            with.context.poll_one();
        stop.emit(asio::cancellation_type::terminal);
        with.until([&] { return failed.times == 1; });
        CHECK(failed.thrown);
        stop.emit(asio::cancellation_type::terminal);
        with.context.poll();
        CHECK(failed.times == 1);
    }
}

TEST_CASE("a signal may outlive the executions that it could cancel, their strand and io_context") {
    asio::cancellation_signal after_its_end, before_its_end;
    {
        heard over;
        operations with;
        const auto strand = asio::make_strand(with.context);
        for (auto* const stop : {&after_its_end, &before_its_end})
            with.connection.execute(stop == &after_its_end ? with.answered : with.unanswered)(
                asio::bind_executor(strand,
                                    asio::bind_cancellation_slot(stop->slot(), over.callback())));
        with.until([&] { return over.times == 1; });
        CHECK(!over.thrown);
    }
    after_its_end.emit(asio::cancellation_type::terminal);
    before_its_end.emit(asio::cancellation_type::terminal);
}

TEST_CASE(
    "the callback of an execution is cancelled by a signal that is gone before the loop turns") {
    operations with;
    for (int turns = 0; turns < 6; ++turns) {
        auto stop = std::make_unique<asio::cancellation_signal>();
        heard cancelled;
        with.connection.execute(with.unanswered)(
            asio::bind_cancellation_slot(stop->slot(), cancelled.callback()));
        with.context.restart();
        for (int i = 0; i < turns; ++i)
            with.context.poll_one();
        stop->emit(asio::cancellation_type::terminal);
        stop.reset();
        with.until([&] { return cancelled.times == 1; });
        CHECK(cancelled.code() == errc::cancelled);
    }
}

TEST_CASE("executions of no connection fail, whoever awaits them") {
    operations with;
    heard of_connection;
    connection().execute(with.answered)(
        asio::bind_executor(with.context, of_connection.callback()));
    with.until([&] { return of_connection.times == 1; });
    CHECK(of_connection.code() == errc::connection_closed);
}

TEST_CASE("who awaits an execution is destroyed with the io_context, and is not resumed") {
    const auto token = std::make_shared<int>();
    bool resumed = false;
    heard callback;
    auto options = echo();
    options.silent_statement = "never";
    asio::io_context nodes(1);
    testing::scripted_node node(nodes, options);
    auto home = std::make_unique<asio::io_context>(1);
    const auto until = [&](auto condition) {
        for (nodes.restart(), home->restart(); !condition(); nodes.restart(), home->restart()) {
            nodes.poll();
            home->poll();
        }
    };
    connection client;
    start(*home, open_into(node.where(), connection_options(), client));
    until([&] { return static_cast<bool>(client); });
    prepared_statement unanswered;
    asio::co_spawn(
        *home, client.prepare("never"),
        [&](std::exception_ptr, prepared_statement made) { unanswered = std::move(made); });
    until([&] { return static_cast<bool>(unanswered); });

    start(*home, hold_while_executing(client, unanswered, token, resumed));
    client.execute(unanswered)(
        [token, call = callback.callback()](std::exception_ptr thrown, page given) mutable {
            call(std::move(thrown), std::move(given));
        });
    until([&] { return node.count(opcode::execute) == 2; });
    CHECK(token.use_count() == 3);
    home.reset();
    CHECK(!resumed);
    CHECK(callback.times == 0);
    CHECK(token.use_count() == 1);
    node.stop();
    nodes.restart();
    nodes.run();
}

TEST_CASE("an execution that another was moved over says that it has been awaited") {
    operations with;
    with.run(await_what_was_moved(with));
}

TEST_CASE("an execution whose io_context is being destroyed can still be cancelled") {
    operations nodes;
    auto home = std::make_unique<asio::io_context>(1);
    asio::cancellation_signal stop;
    connection client;
    start(*home, open_into(nodes.node.where(), connection_options(), client));
    const auto until = [&](auto condition) {
        for (home->restart(), nodes.context.restart(); !condition();
             home->restart(), nodes.context.restart()) {
            home->poll();
            nodes.context.poll();
        }
    };
    until([&] { return static_cast<bool>(client); });
    const auto before = nodes.node.count(opcode::execute);
    start(*home, execute_and_cancel_at_end(client, nodes.unanswered, stop));
    asio::co_spawn(*home, execute_only(client, nodes.unanswered), slotted{stop.slot()});
    until([&] { return nodes.node.count(opcode::execute) == before + 2; });
    home.reset();
    client = {};
}

TEST_CASE("the callback of an execution hears of every type of cancellation") {
    operations with;
    for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                            asio::cancellation_type::total}) {
        asio::cancellation_signal stop;
        heard cancelled;
        with.connection.execute(with.unanswered)(
            asio::bind_cancellation_slot(stop.slot(), cancelled.callback()));
        for (int i = 0; i < 20; ++i) {
            with.context.restart();
            with.context.poll();
        }
        stop.emit(type);
        for (int i = 0; i < 20 && cancelled.times == 0; ++i) {
            with.context.restart();
            with.context.poll();
        }
        REQUIRE(cancelled.times == 1);
        CHECK(cancelled.code() == errc::cancelled);
    }
}
