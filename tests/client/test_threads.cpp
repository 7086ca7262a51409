#include "node.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

constexpr int askers = 10;
constexpr int questions = 100;

asio::awaitable<void> ask(connection connection, int who, int& right, int& ended) {
    for (int i = 0; i < questions; ++i) {
        const auto cql = std::to_string(who) + " asks " + std::to_string(i);
        auto page = co_await connection.query(cql);
        if (text_of(page) == cql)
            ++right;
    }
    ++ended;
}

asio::awaitable<void> ask_all(endpoint where, connection_options options, int& right) {
    auto connection = co_await connection::open(where, options);
    const auto executor = co_await asio::this_coro::executor;
    int ended = 0;
    for (int who = 0; who < askers; ++who)
        asio::co_spawn(executor, ask(connection, who, right, ended), rethrow);
    co_await until([&] { return ended == askers; });
    co_await connection.close();
}

} // namespace

TEST_CASE("B5 R30 a client on a thread of its own and a node on another: 1,000 requests, ten at a "
          "time, plain and TLS") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        asio::io_context node_context(1);
        testing::scripted_node node(node_context, node_of(how, echo()));
        const auto where = node.where();
        int right = 0;
        std::exception_ptr failure;
        std::thread client([&] {
            try {
                asio::io_context context(1);
                run(context, ask_all(where, client_of(how), right));
            } catch (...) {
                failure = std::current_exception();
            }
            asio::post(node_context, [&] { node.stop(); });
        });
        node_context.run(); // on this thread
        client.join();
        rethrow(failure);
        CHECK(right == askers * questions);
        CHECK(node.statements().size() == askers * questions);
        CHECK(node.accepted() == 1);
    });
    CHECK(descriptors() == before);
}
