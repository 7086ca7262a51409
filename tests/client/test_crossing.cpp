#include "node_thread.hpp"
#include "worlds.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

// The sanitizers judge these, beside the checks.

namespace {

struct endings {
    std::atomic<int> answered = 0;
    std::atomic<int> given_up = 0;
    std::atomic<int> other = 0;
};

asio::awaitable<void> wait_for(std::chrono::microseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

/// Asks, and at some moment near the answer's gives up, by the caller's own race.
asio::awaitable<void> ask_or_give_up(connection connection, std::uint32_t seed, int times,
                                     endings& all) {
    using namespace asio::experimental::awaitable_operators;
    std::mt19937 random(seed);
    for (int i = 0; i < times; ++i) {
        const auto cql = i % 8 == 0
                             ? std::string("silent")
                             : std::to_string(seed + 1000u * 1000u * static_cast<unsigned>(i));
        const auto time = std::chrono::microseconds(random() % 400);
        auto first = co_await (as_result(connection.query(cql)) || wait_for(time));
        if (first.index() == 1) {
            ++all.given_up;
            continue;
        }
        const auto& outcome = std::get<0>(first);
        const bool right = outcome && text_of(*outcome) == cql;
        ++(right ? all.answered : all.other);
    }
}

asio::awaitable<connection> open_there(endpoint where, connection_options options) {
    auto opened = co_await connection::open(where, options);
    co_return opened;
}

asio::awaitable<void> close_and_say(connection connection, bool& closed) {
    co_await connection.close();
    closed = true;
}

asio::awaitable<void> ask_once(connection connection) {
    auto page = co_await connection.query("still here");
    CHECK(text_of(page) == "still here");
}

} // namespace

TEST_CASE("R30 giving up a request that is awaited on another thread's executor, at whatever "
          "moment, touches nothing that is gone") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const auto kind : {world_kind::one_thread, world_kind::strand_over_several,
                                world_kind::strand_over_pool}) {
            CAPTURE(name_of(kind));
            auto options = echo();
            options.silent_statement = "silent";
            node_thread node(how, options);
            world home(kind == world_kind::one_thread ? world_kind::one_thread : kind);
            world away(kind);
            auto client = client_of(how);
            client.orphan_limits(1'000'000, std::nullopt);
            auto connection =
                asio::co_spawn(home.executor(), open_there(node.where(), client), asio::use_future)
                    .get();
            endings all;
            constexpr int crowd = 8;
            constexpr int times = 250;
            std::vector<std::future<void>> ends;
            for (unsigned i = 0; i < crowd; ++i)
                ends.push_back(asio::co_spawn(
                    away.executor(), ask_or_give_up(connection, i, times, all), asio::use_future));
            for (auto& end : ends)
                end.get();
            CHECK(all.answered + all.given_up == crowd * times);
            CHECK(all.given_up > crowd * times / 8 - 1);
            CHECK(all.other == 0);
            asio::co_spawn(away.executor(), ask_once(connection), asio::use_future).get();
            asio::co_spawn(away.executor(), connection.close(), asio::use_future).get();
        }
}

namespace {

/// Awaits what is never answered; when it ends, counts.
asio::awaitable<void> await_silence(connection connection, std::atomic<int>& ended,
                                    std::atomic<int>& lost) {
    auto outcome = co_await as_result(connection.query("silent"));
    if (!outcome && outcome.error().has(errc::connection_closed))
        ++lost;
    ++ended;
}

asio::awaitable<void> ask_and_tell(connection connection, bool& asked) {
    co_await ask_once(connection);
    asked = true;
}

void run_until_asked(asio::io_context& home, const connection& connection) {
    bool asked = false;
    start(home, ask_and_tell(connection, asked));
    while (!asked)
        home.poll();
}

} // namespace

TEST_CASE("X25 destroying the connection's io_context ends the requests that are awaited on "
          "others, and later ones") {
    for_each_speech([](speech how) {
        auto options = echo();
        options.silent_statement = "silent";
        node_thread node(how, options);
        asio::io_context away(1);
        std::atomic<int> ended = 0;
        std::atomic<int> lost = 0;
        connection connection;
        {
            asio::io_context home(1);
            connection = opened_on(home, node.where(), client_of(how));
            for (int i = 0; i < 3; ++i)
                start(away, await_silence(connection, ended, lost));
            while (connection.state().in_flight != 3) {
                away.poll();
                home.poll();
            }
            // One that has set out and never arrives.
            start(away, await_silence(connection, ended, lost));
            away.poll();
        }
        away.restart();
        away.run();
        CHECK(ended == 4);
        CHECK(lost == 4);
        start(away, await_silence(connection, ended, lost));
        start(away, connection.close());
        away.restart();
        away.run();
        CHECK(ended == 5);
        CHECK(lost == 5);
        CHECK(!connection.push(std::vector<std::byte>(9)));
        CHECK(!connection.state().open);
    });
}

TEST_CASE("X24 X25 close() that is awaited on another executor ends well where the connection's "
          "io_context goes in the meantime") {
    for_each_speech([](speech how) {
        for (const bool arrives : {false, true}) {
            CAPTURE(arrives);
            node_thread node(how, echo());
            asio::io_context away(1);
            bool closed = false;
            connection connection;
            {
                asio::io_context home(1);
                connection = opened_on(home, node.where(), client_of(how));
                start(away, close_and_say(connection, closed));
                away.poll();
                if (arrives)
                    home.poll_one();
            }
            away.restart();
            away.run();
            CHECK(closed);
            CHECK(!connection.state().open);
        }
    });
}

TEST_CASE("X25 destroying the io_context that requests are awaited on gives them up, and the "
          "connection goes on") {
    for_each_speech([](speech how) {
        auto options = echo();
        options.silent_statement = "silent";
        node_thread node(how, options);
        asio::io_context home(1);
        connection connection;
        connection = opened_on(home, node.where(), client_of(how));
        std::atomic<int> ended = 0;
        std::atomic<int> lost = 0;
        for (const bool answered : {false, true}) {
            CAPTURE(answered);
            auto away = std::make_unique<asio::io_context>(1);
            for (int i = 0; i < 3; ++i)
                start(*away, await_silence(connection, ended, lost));
            while (connection.state().in_flight != 3) {
                away->poll();
                home.poll();
            }
            if (answered) {
                // Its answer is on its way back when the context goes: the one behind it has come.
                start(*away, ask_once(connection));
                away->poll();
                run_until_asked(home, connection);
            }
            away.reset();
            while (connection.state().in_flight != 0)
                home.poll();
        }
        CHECK(ended == 0);
        CHECK(connection.state().orphans == 6);
        run_until_asked(home, connection);
        start(home, connection.close());
        connection = {};
        home.restart();
        home.run();
    });
}

TEST_CASE("X25 the contexts of a connection and of its requests go at the same time") {
    auto options = echo();
    options.silent_statement = "silent";
    node_thread node(speech::plain, options);
    for (int round = 0; round < 50; ++round) {
        auto home = std::make_unique<world>(world_kind::strand_over_several);
        auto away = std::make_unique<asio::io_context>(1);
        auto connection =
            asio::co_spawn(home->executor(), open_there(node.where(), client_of(speech::plain)),
                           asio::use_future)
                .get();
        std::atomic<int> ended = 0;
        std::atomic<int> lost = 0;
        for (int i = 0; i < 20; ++i)
            start(*away, await_silence(connection, ended, lost));
        away->poll();
        std::thread first([&] { connection = {}; });
        std::thread second([&] { away.reset(); });
        first.join();
        second.join();
        home.reset();
    }
}

TEST_CASE(
    "X25 two io_contexts go at the same time, each with requests for the other's connection") {
    auto options = echo();
    options.silent_statement = "silent";
    node_thread node(speech::plain, options);
    for (int round = 0; round < 200; ++round) {
        std::unique_ptr<asio::io_context> worlds[2];
        connection connections[2];
        std::atomic<int> ended = 0;
        std::atomic<int> lost = 0;
        for (int i : {0, 1}) {
            worlds[i] = std::make_unique<asio::io_context>(1);
            connections[i] = opened_on(*worlds[i], node.where(), client_of(speech::plain));
        }
        constexpr std::size_t crowd = 20;
        for (int i : {0, 1})
            for (std::size_t k = 0; k < crowd; ++k)
                start(*worlds[i], await_silence(connections[1 - i], ended, lost));
        while (connections[0].state().in_flight != crowd ||
               connections[1].state().in_flight != crowd)
            for (const auto& one : worlds)
                one->poll();
        std::barrier together(2);
        std::thread threads[2];
        for (int i : {0, 1})
            threads[i] = std::thread([&, i] {
                together.arrive_and_wait();
                worlds[i].reset();
            });
        for (auto& thread : threads)
            thread.join();
        CHECK(ended == 0);
        for (auto& one : connections) {
            CHECK(!one.state().open);
            CHECK(one.state().in_flight == 0);
        }
    }
}

namespace {

/// Says, as it is destroyed, that it is, and takes its time.
class last_words {
  public:
    last_words(std::atomic<bool>& said, std::chrono::microseconds time)
        : said_(said), time_(time) {}
    ~last_words() {
        said_ = true;
        std::this_thread::sleep_for(time_);
    }
    last_words(const last_words&) = delete;
    last_words& operator=(const last_words&) = delete;

  private:
    std::atomic<bool>& said_;
    std::chrono::microseconds time_;
};

asio::awaitable<void> sleep_until_destroyed(std::atomic<bool>& going,
                                            std::chrono::microseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    const last_words words(going, time);
    co_await timer.async_wait(asio::use_awaitable);
}

void wait_until(const std::atomic<bool>& happened) {
    while (!happened)
        std::this_thread::yield();
}

/// An io_context whose strand is younger than its first connection: Asio puts services away the
/// youngest first.
class younger_strand {
  public:
    explicit younger_strand(endpoint where) {
        first_ = opened_on(*context, where, client_of(speech::plain));
        strand.emplace(asio::make_strand(*context));
    }
    /// Its last coroutine is destroyed with it and sets `going`, in the middle of that.
    void destroy() { context.reset(); }

    std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
    std::optional<asio::strand<asio::io_context::executor_type>> strand;

  private:
    connection first_;
};

class names_its_thread {
  public:
    explicit names_its_thread(std::atomic<std::thread::id>& where) : where_(where) {}
    ~names_its_thread() { where_ = std::this_thread::get_id(); }
    names_its_thread(const names_its_thread&) = delete;
    names_its_thread& operator=(const names_its_thread&) = delete;

  private:
    std::atomic<std::thread::id>& where_;
};

asio::awaitable<void> ask_and_name_thread(connection connection,
                                          std::atomic<std::thread::id>& where) {
    const names_its_thread end(where);
    auto outcome = co_await as_result(connection.query("silent"));
}

} // namespace

TEST_CASE("X25 the last handle is dropped on one thread while the io_context of its strand goes on "
          "another") {
    node_thread node(speech::plain, echo());
    for (int round = 0; round < 300; ++round) {
        younger_strand there(node.where());
        connection connection;
        std::atomic<bool> going = false;
        asio::co_spawn(*there.strand, open_into(node.where(), client_of(speech::plain), connection),
                       rethrow);
        while (!connection)
            there.context->run_one();
        asio::co_spawn(*there.strand,
                       sleep_until_destroyed(going, std::chrono::microseconds(round % 30)),
                       rethrow);
        there.context->poll();
        there.strand.reset();
        std::thread other([&] {
            wait_until(going);
            std::atomic<int> a_moment = (round % 100) * 20;
            while (a_moment-- > 0) {
            }
            connection = {};
        });
        there.destroy();
        other.join();
    }
}

TEST_CASE("X25 a coroutine whose io_context goes is destroyed with it, not on the thread of the "
          "connection that it waits for") {
    auto options = echo();
    options.silent_statement = "silent";
    node_thread node(speech::plain, options);
    asio::io_context there(1);
    connection connection;
    connection = opened_on(there, node.where(), client_of(speech::plain));
    younger_strand here(node.where());
    std::atomic<std::thread::id> where;
    std::atomic<bool> going = false;
    asio::co_spawn(*here.strand, ask_and_name_thread(connection, where), rethrow);
    asio::co_spawn(*here.strand, sleep_until_destroyed(going, 200ms), rethrow);
    here.strand.reset();
    while (connection.state().in_flight != 1) {
        here.context->poll();
        there.poll();
    }
    std::thread other([&] {
        wait_until(going);
        start(there, connection.close());
        there.restart();
        there.run();
    });
    const auto there_id = other.get_id();
    here.destroy();
    CHECK(where.load() != there_id);
    other.join();
    CHECK(where.load() == std::this_thread::get_id());
}

namespace {

/// Holds whoever comes through it until it is opened.
struct held_gate {
    std::atomic<bool> on_its_way = false;
    std::atomic<bool> is_clear = false; ///< nobody else is at the strand
    std::promise<void> reached;
    std::promise<void> opened;
};
thread_local held_gate* gate_of_this_thread = nullptr;

/// An io_context's executor of a kind that nobody knows: it posts, and returns when the gate of
/// the thread, if it has one, is open.
class gated_executor {
  public:
    explicit gated_executor(asio::io_context& context) noexcept : context_(&context) {}

    asio::execution_context& query(asio::execution::context_t) const noexcept { return *context_; }
    gated_executor require(asio::execution::blocking_t::never_t) const noexcept { return *this; }
    template <class Function>
    void execute(Function function) const {
        asio::post(*context_, std::move(function));
        if (auto* const gate = std::exchange(gate_of_this_thread, nullptr)) {
            gate->reached.set_value();
            gate->opened.get_future().wait();
        }
    }
    bool operator==(const gated_executor&) const noexcept = default;

  private:
    asio::io_context* context_;
};

asio::awaitable<void> ask_through(held_gate& gate, connection connection, asio::thread_pool& pool) {
    co_await asio::post(asio::bind_executor(pool, asio::use_awaitable));
    gate.on_its_way = true;
    wait_until(gate.is_clear);
    gate_of_this_thread = &gate;
    auto outcome = co_await as_result(connection.query("from the pool"));
    CHECK(outcome.has_value());
}

} // namespace

TEST_CASE("R30 the io_context of a connection does not go while a coroutine on another thread is "
          "still sending it a request") {
    node_thread node(speech::plain, echo());
    auto context = std::make_unique<asio::io_context>();
    held_gate gate;
    asio::thread_pool pool(1);
    auto strand = asio::make_strand(asio::any_io_executor(gated_executor(*context)));
    connection connection;
    asio::co_spawn(strand, open_into(node.where(), client_of(speech::plain), connection), rethrow);
    while (!connection)
        context->run_one();
    CHECK(connection.get_executor() == strand);
    bool ended = false;
    asio::co_spawn(strand, ask_through(gate, connection, pool),
                   [&ended](const std::exception_ptr& thrown) {
                       CHECK(!thrown);
                       ended = true;
                   });
    while (!gate.on_its_way)
        context->poll();
    context->poll();
    gate.is_clear = true;
    std::promise<void> gone;
    auto all_gone = gone.get_future();
    auto reached = gate.reached.get_future();
    std::thread other([&] {
        while (!ended) {
            context->restart();
            context->poll();
        }
        strand = asio::make_strand(asio::any_io_executor(pool.get_executor()));
        connection = {};
        context.reset();
        gone.set_value();
    });
    reached.wait();
    // By then, were it not held.
    CHECK(all_gone.wait_for(300ms) == std::future_status::timeout);
    gate.opened.set_value();
    other.join();
    CHECK(ended);
}

namespace {

/// In the midst of a handler of the connection's io_context, or of a turn of the connection, runs
/// another loop for a while.
asio::awaitable<void> ask_in_a_loop_within(connection connection, bool in_turn,
                                           std::atomic<int>& ended, std::atomic<int>& lost) {
    if (in_turn)
        co_await ask_once(connection);
    asio::io_context within(1);
    start(within, await_silence(connection, ended, lost));
    within.poll();
}

asio::awaitable<void> ask_one_then_the_other(connection one, connection other, bool& one_answered,
                                             bool& asked) {
    co_await ask_once(one);
    one_answered = true;
    co_await ask_once(other);
    asked = true;
}

/// In the midst of a turn of the first connection, runs the loop that both are of.
asio::awaitable<void> poll_within_a_turn(asio::io_context& home, connection first,
                                         connection second, bool& asked) {
    co_await ask_once(first);
    bool second_answered = false;
    start(home, ask_one_then_the_other(second, first, second_answered, asked));
    while (!second_answered)
        home.poll();
}

} // namespace

TEST_CASE("X25 an io_context that a handler of the connection's runs and destroys takes the "
          "coroutines on it along, as any other does") {
    auto options = echo();
    options.silent_statement = "silent";
    node_thread node(speech::plain, options);
    for (const bool in_turn : {false, true}) {
        CAPTURE(in_turn);
        asio::io_context home(1);
        auto connection = opened_on(home, node.where(), client_of(speech::plain));
        std::atomic<int> ended = 0;
        std::atomic<int> lost = 0;
        start(home, ask_in_a_loop_within(connection, in_turn, ended, lost));
        run_until_asked(home, connection);
        CHECK(connection.state().in_flight == 0);
        CHECK(connection.state().orphans <= 1);
        start(home, connection.close());
        home.restart();
        home.run();
        CHECK(ended == 0);
    }
}

TEST_CASE("R30 a handler that polls its io_context may have another connection of that one ask its "
          "own, and is not taken for several threads") {
    node_thread node(speech::plain, echo());
    asio::io_context home(1);
    auto first = opened_on(home, node.where(), client_of(speech::plain));
    auto second = opened_on(home, node.where(), client_of(speech::plain));
    bool asked = false;
    start(home, poll_within_a_turn(home, first, second, asked));
    while (!asked)
        home.poll();
    start(home, first.close());
    start(home, second.close());
    home.restart();
    home.run();
}
