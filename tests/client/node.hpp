#pragma once

#include "run.hpp"

#include <cocql/cocql.hpp>
#include <cocql/testing/relay.hpp>
#include <cocql/testing/scripted_node.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

namespace cocql::tests {

/// How the node and the client talk.
enum class speech { plain, tls_1_2, tls_1_3 };

inline std::string name_of(speech how) {
    return how == speech::plain ? "plain" : how == speech::tls_1_2 ? "TLS 1.2" : "TLS 1.3";
}

inline testing::node_options node_of(speech how,
                                     testing::node_options options = testing::node_options()) {
    if (how == speech::plain)
        return options;
    testing::node_tls tls(certificate("node.pem"), certificate("node.key"));
    tls.minimum = tls.maximum = how == speech::tls_1_2 ? tls_version::v1_2 : tls_version::v1_3;
    options.tls = tls;
    return options;
}

inline connection_options client_of(speech how) {
    connection_options options;
    if (how != speech::plain)
        options.tls(tls_options().ca_file(certificate("ca.pem")));
    return options;
}

template <class Test>
void for_each_speech(Test test) {
    for (const auto how : {speech::plain, speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        test(how);
    }
}

/// A node that answers each statement with one row of its own text.
inline testing::node_options echo() {
    testing::node_options options;
    options.answer = [](const std::string& cql) { return testing::rows_of({cql}); };
    return options;
}

/// A node that asks for a password.
inline testing::node_options with_login() {
    testing::node_options options;
    options.user = "user";
    options.secret = "secret";
    return options;
}

/// The same, which falls silent there.
inline testing::node_options silent(testing::silence where) {
    auto options = with_login();
    options.silent = where;
    return options;
}

/// A client whose opening takes every step there is.
inline connection_options wanting_everything(speech how) {
    auto options = client_of(how);
    options.login("user", "secret").keyspace("ks");
    options.events({event_type::schema_change}, [](const event&) {});
    return options;
}

inline std::string text_of(const page& page) {
    const auto decoded = page.front()[0].decode();
    return *decoded->get<std::string>();
}

/// Lets the loop turn until something holds.
template <class Condition>
boost::asio::awaitable<void> until(Condition condition) {
    auto executor = co_await boost::asio::this_coro::executor;
    while (!condition())
        co_await boost::asio::post(executor, boost::asio::use_awaitable);
}

inline void rethrow(std::exception_ptr thrown) {
    if (thrown)
        std::rethrow_exception(thrown);
}

inline boost::asio::awaitable<void> open_into(endpoint where, connection_options options,
                                              connection& out) {
    out = co_await connection::open(where, options);
}

/// A connection on an io_context that the test turns by itself.
inline connection opened_on(boost::asio::io_context& home, endpoint where,
                            connection_options options) {
    connection opened;
    start(home, open_into(std::move(where), std::move(options), opened));
    while (!opened)
        home.run_one();
    return opened;
}

/// Opening that must fail, and how long it took.
struct failed_opening {
    error failure;
    std::chrono::steady_clock::duration taken{};
};

inline boost::asio::awaitable<void> fail_to_open(endpoint where, connection_options options,
                                                 failed_opening& outcome) {
    const auto begun = std::chrono::steady_clock::now();
    auto opened = co_await as_result(connection::open(where, options));
    outcome.taken = std::chrono::steady_clock::now() - begun;
    REQUIRE_MESSAGE(!opened.has_value(), "it opened, which it must not");
    outcome.failure = opened.error();
}

/// Runs work against a node, then stops the node, so that the io_context runs out of work.
class scene {
  public:
    scene(speech how, testing::node_options options = testing::node_options())
        : node(context, node_of(how, std::move(options))) {}
    void run(boost::asio::awaitable<void> work) {
        boost::asio::co_spawn(context, std::move(work), [this](std::exception_ptr thrown) {
            node.stop();
            failure_ = thrown;
        });
        context.run();
        if (failure_)
            std::rethrow_exception(failure_);
    }
    boost::asio::io_context context{1};
    testing::scripted_node node;

  private:
    std::exception_ptr failure_;
};

/// Stops a relay when the work that needs it has ended, however it has.
class stopping {
  public:
    explicit stopping(testing::relay& what) noexcept : what_(what) {}
    ~stopping() { what_.stop(); }
    stopping(const stopping&) = delete;
    stopping& operator=(const stopping&) = delete;

  private:
    testing::relay& what_;
};

} // namespace cocql::tests
