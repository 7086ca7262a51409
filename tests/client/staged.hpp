#pragma once

#include "client/connection/implementation.hpp"
#include "core/message/query.hpp"
#include "node.hpp"
#include "request.hpp"
#include "testing/manual_clock.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cocql::tests {

using shared_implementation = std::shared_ptr<client::implementation>;

inline boost::asio::awaitable<void> open_to_fail(shared_implementation connection,
                                                 std::optional<result<void>>& outcome) {
    auto opened = co_await connection->open();
    outcome = opened;
}

/// A connection to a scripted node over real sockets, on a clock that only the test moves.
class staged {
  public:
    explicit staged(speech how, testing::node_options node_options,
                    connection_options options = connection_options())
        : node(context, node_of(how, std::move(node_options))),
          connection(std::make_shared<client::implementation>(context.get_executor(), node.where(),
                                                              std::move(options), clock)) {}
    ~staged() {
        start(context, close(connection));
        node.stop();
        // A peer that is mute, or gone, holds the connection for the second it is given.
        while (context.restart(), context.poll() != 0) {
        }
        clock.advance(std::chrono::seconds(2));
        context.restart();
        context.run();
    }
    staged(const staged&) = delete;
    staged& operator=(const staged&) = delete;

    void poll() {
        context.restart();
        while (context.poll() != 0) {
        }
    }
    template <class Condition>
    void until(Condition condition) {
        while (!condition()) {
            context.restart();
            context.poll();
        }
        poll();
    }
    void begin_to_open() {
        start(context, open_into(connection, opened));
        poll();
    }
    void open() {
        begin_to_open();
        until([this] { return opened.has_value(); });
        REQUIRE_MESSAGE(opened->has_value(), std::string(opened->error().what()));
    }
    /// How a request ends, once it has.
    using answer = std::shared_ptr<std::optional<result<received_frame>>>;
    answer ask(std::string cql, statement_options options = statement_options()) {
        auto outcome = std::make_shared<std::optional<result<received_frame>>>();
        start(context, ask_into(connection, std::move(cql), std::move(options), outcome));
        poll();
        return outcome;
    }
    error failure_of(const answer& outcome) {
        until([&] { return outcome->has_value(); });
        REQUIRE(!outcome->value());
        return outcome->value().error();
    }
    std::string where() const { return node.where().to_string(); }

    testing::manual_clock clock;
    boost::asio::io_context context{1};
    testing::scripted_node node;
    std::shared_ptr<client::implementation> connection;
    std::optional<result<void>> opened;

  private:
    static boost::asio::awaitable<void>
    open_into(std::shared_ptr<client::implementation> connection,
              std::optional<result<void>>& outcome) {
        auto opened = co_await connection->open();
        outcome = opened;
    }
    static boost::asio::awaitable<void> close(std::shared_ptr<client::implementation> connection) {
        co_await connection->close();
    }
    static boost::asio::awaitable<void> ask_into(std::shared_ptr<client::implementation> connection,
                                                 std::string cql, statement_options options,
                                                 answer outcome) {
        const message::query message(cql);
        auto answered = co_await send(connection, message, options);
        outcome->emplace(std::move(answered));
    }
};

} // namespace cocql::tests
