#include "node_thread.hpp"
#include "worlds.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int questions_each = 100;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
constexpr int questions_each = 100;
#else
constexpr int questions_each = 1'000;
#endif
#else
constexpr int questions_each = 1'000;
#endif
constexpr int many_askers = 24;

struct tally {
    std::atomic<int> right = 0;
    std::atomic<int> wrong = 0;
};

asio::awaitable<void> ask(connection connection, std::string who, tally& all) {
    const auto executor = co_await asio::this_coro::executor;
    for (int i = 0; i < questions_each; ++i) {
        // To whichever thread is free.
        co_await asio::post(executor, asio::use_awaitable);
        const auto cql = who + " asks " + std::to_string(i);
        auto outcome = co_await as_result(connection.query(cql));
        const bool right = outcome && text_of(*outcome) == cql;
        ++(right ? all.right : all.wrong);
    }
}

asio::awaitable<connection> open(endpoint where, connection_options options) {
    auto opened = co_await connection::open(where, options);
    co_return opened;
}

} // namespace

TEST_CASE("R30 each request gets its own answer on whatever the connection is opened on: one "
          "thread, several, a pool, strands") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        for (const auto kind : all_worlds) {
            CAPTURE(name_of(kind));
            node_thread node(how, echo());
            world ours(kind);
            {
                auto connection =
                    asio::co_spawn(ours.executor(), open(node.where(), client_of(how)),
                                   asio::use_future)
                        .get();
                tally all;
                std::vector<std::future<void>> ends;
                for (int who = 0; who < many_askers; ++who)
                    ends.push_back(asio::co_spawn(ours.executor(),
                                                  ask(connection, std::to_string(who), all),
                                                  asio::use_future));
                for (auto& end : ends)
                    end.get();
                CHECK(all.right == many_askers * questions_each);
                CHECK(all.wrong == 0);
                const auto state = connection.state();
                CHECK(state.open);
                CHECK(state.orphans == 0);
                asio::co_spawn(ours.executor(), connection.close(), asio::use_future).get();
            }
            ours.finish();
            CHECK(node.stop().statements().size() == many_askers * questions_each);
        }
    });
    CHECK(descriptors() == before);
}

TEST_CASE("R30 requests awaited on any kind of executor of another context get their own answers") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const auto kind : all_worlds) {
            CAPTURE(name_of(kind));
            node_thread node(how, echo());
            world home(world_kind::one_thread);
            world ours(kind);
            auto connection = asio::co_spawn(home.executor(), open(node.where(), client_of(how)),
                                             asio::use_future)
                                  .get();
            tally all;
            std::vector<std::future<void>> ends;
            for (int who = 0; who < many_askers; ++who)
                ends.push_back(asio::co_spawn(
                    ours.executor(), ask(connection, std::to_string(who), all), asio::use_future));
            for (auto& end : ends)
                end.get();
            CHECK(all.right == many_askers * questions_each);
            asio::co_spawn(ours.executor(), connection.close(), asio::use_future).get();
        }
}

namespace {

/// Goes to another thread for what it computes, as coroutines do, and asks from there.
asio::awaitable<void> ask_from_a_pool(connection connection, asio::thread_pool& pool,
                                      std::string who, tally& all) {
    for (int i = 0; i < questions_each; ++i) {
        co_await asio::post(asio::bind_executor(pool, asio::use_awaitable));
        const auto cql = who + "/" + std::to_string(i);
        auto outcome = co_await as_result(connection.query(cql));
        ++(outcome && text_of(*outcome) == cql ? all.right : all.wrong);
    }
    co_await asio::post(asio::bind_executor(pool, asio::use_awaitable));
    auto pages = connection.pages("a page");
    auto page = co_await pages.next();
    ++(page && text_of(*page) == "a page" ? all.right : all.wrong);
}

} // namespace

TEST_CASE("R30 a coroutine that has gone to another thread by itself gets its own answers") {
    for (const auto how : {speech::plain, speech::tls_1_3})
        for (const auto kind : all_worlds) {
            CAPTURE(name_of(kind));
            node_thread node(how, echo());
            asio::thread_pool pool(2);
            world home(kind);
            auto connection = asio::co_spawn(home.executor(), open(node.where(), client_of(how)),
                                             asio::use_future)
                                  .get();
            tally all;
            std::vector<std::future<void>> ends;
            for (int who = 0; who < many_askers; ++who)
                ends.push_back(asio::co_spawn(
                    kind == world_kind::one_thread ? home.executor() : connection.get_executor(),
                    ask_from_a_pool(connection, pool, std::to_string(who), all), asio::use_future));
            for (auto& end : ends)
                end.get();
            CHECK(all.right == many_askers * (questions_each + 1));
            CHECK(all.wrong == 0);
            asio::co_spawn(home.executor(), connection.close(), asio::use_future).get();
            ends.clear();
        }
}

namespace {

asio::awaitable<void> ask_on_its_own(endpoint where, connection_options options,
                                     asio::any_io_executor& lives_on) {
    auto connection = co_await connection::open(where, options);
    auto page = co_await connection.query("one");
    CHECK(text_of(page) == "one");
    lives_on = connection.get_executor();
    co_await connection.close();
}

asio::any_io_executor executor_for(const asio::any_io_executor& given, const endpoint& where) {
    asio::any_io_executor lives_on;
    asio::co_spawn(given, ask_on_its_own(where, client_of(speech::plain), lives_on),
                   asio::use_future)
        .get();
    return lives_on;
}

} // namespace

TEST_CASE("R30 what runs one handler at a time is used as it is, everything else gets a strand") {
    node_thread node(speech::plain, echo());
    for (const auto kind : all_worlds) {
        CAPTURE(name_of(kind));
        world ours(kind);
        const bool serial = kind == world_kind::one_thread ||
                            kind == world_kind::strand_over_several ||
                            kind == world_kind::strand_over_pool;
        CHECK((executor_for(ours.executor(), node.where()) == ours.executor()) == serial);
    }
    asio::thread_pool one(1);
    CHECK(executor_for(one.get_executor(), node.where()) != one.get_executor());
    CHECK(executor_for(asio::make_strand(one), node.where()) != one.get_executor());
    const auto strand = asio::make_strand(asio::any_io_executor(one.get_executor()));
    CHECK(executor_for(strand, node.where()) == strand);
    CHECK(executor_for(asio::system_executor(), node.where()) !=
          asio::any_io_executor(asio::system_executor()));
}

namespace {

/// Keeps the turn of the connection in which its answer has come, until it is told.
asio::awaitable<void> hold_the_turn(connection connection, std::promise<void>& held,
                                    std::future<void>& enough) {
    auto page = co_await connection.query("hold");
    held.set_value();
    enough.wait();
}

asio::awaitable<result<page>> ask_meanwhile(connection connection) {
    auto outcome = co_await as_result(connection.query("meanwhile"));
    co_return outcome;
}

} // namespace

TEST_CASE("R30 an io_context that was made for one thread and is run by two is told so, and no "
          "answer is mixed up") {
    node_thread node(speech::plain, echo());
    asio::io_context context(1);
    auto guard = asio::make_work_guard(context);
    std::thread first([&] { context.run(); });
    auto connection =
        asio::co_spawn(context, open(node.where(), client_of(speech::plain)), asio::use_future)
            .get();
    std::promise<void> held;
    std::promise<void> enough;
    auto enough_said = enough.get_future();
    auto holding =
        asio::co_spawn(context, hold_the_turn(connection, held, enough_said), asio::use_future);
    held.get_future().wait();
    auto outcome = asio::co_spawn(context, ask_meanwhile(connection), asio::use_future);
    // The second thread asks, and is gone before the first one goes on: what else two threads do
    // there is undefined.
    std::atomic<bool> over = false;
    std::thread second([&] {
        while (!over)
            context.run_one_for(std::chrono::milliseconds(1));
    });
    const auto told = outcome.get();
    over = true;
    second.join();
    REQUIRE(!told);
    CHECK(told.error().is(errc::bad_configuration));
    CHECK(std::string(told.error().what()).find("several threads") != std::string::npos);
    CHECK(told.error().outcome() == request_outcome::not_sent);
    enough.set_value();
    holding.get();
    guard.reset();
    asio::post(context, [&] { connection = {}; });
    first.join();
}
