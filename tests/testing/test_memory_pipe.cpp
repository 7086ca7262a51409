#include "run.hpp"
#include "testing/memory_pipe.hpp"

#include <boost/asio/error.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

/// Both ends of a connection, and what has come of what was begun there.
class two_ends {
  public:
    two_ends() {
        const auto executor = context->get_executor();
        auto made = memory_pipe::connected(executor, "127.0.0.1:40000", executor, "127.0.0.2:9042");
        client = std::move(made.client);
        server = std::move(made.server);
        between = made.between;
    }
    /// One read begins, and another where that has been over.
    void read(memory_pipe& by) { start(*context, reading(*this, by)); }
    void write(memory_pipe& by, std::string text) {
        start(*context, writing(*this, by, std::move(text)));
    }
    void settle() {
        context->restart();
        context->poll();
    }

    std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
    std::unique_ptr<memory_pipe> client;
    std::unique_ptr<memory_pipe> server;
    std::weak_ptr<memory_wire> between;
    std::vector<std::string> heard; ///< texts; "" for the end, what is wrong otherwise
    std::vector<std::optional<error>> written;

  private:
    static asio::awaitable<void> reading(two_ends& self, memory_pipe& by) {
        std::vector<std::byte> bytes(64);
        const auto count = co_await by.read_some(bytes);
        if (!count)
            self.heard.emplace_back(count.error().what());
        else
            self.heard.emplace_back(reinterpret_cast<const char*>(bytes.data()), *count);
    }
    static asio::awaitable<void> writing(two_ends& self, memory_pipe& by, std::string text) {
        const auto done = co_await by.write(std::as_bytes(std::span(text)));
        self.written.push_back(done ? std::nullopt : std::optional(done.error()));
    }
};

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("In memory what is written at one end is read at the other, in its order, and then the "
          "end") {
    two_ends both;
    CHECK(both.client->peer().address == "127.0.0.2:9042");
    CHECK(both.server->peer().address == "127.0.0.1:40000");
    CHECK(both.server->peer().local_address == "127.0.0.2:9042");
    both.read(*both.server);
    both.settle();
    CHECK(both.heard.empty());
    both.write(*both.client, "one");
    both.settle();
    CHECK(both.heard == texts{"one"});
    both.write(*both.client, "two");
    both.write(*both.client, "three");
    both.settle();
    both.client->close();
    both.read(*both.server);
    both.settle();
    both.read(*both.server);
    both.settle();
    CHECK(both.heard == texts{"one", "twothree", ""});
    both.write(*both.server, "too late");
    both.read(*both.client);
    both.settle();
    REQUIRE(both.written.back().has_value());
    CHECK(both.written.back()->system_code() == asio::error::broken_pipe);
    CHECK(both.heard.back() == "reading from the socket: Operation canceled");
}

TEST_CASE("In memory a pending read ends when it is cancelled, and when the other end is gone") {
    two_ends both;
    both.read(*both.client);
    both.settle();
    both.client->cancel();
    both.settle();
    CHECK(both.heard == texts{"reading from the socket: Operation canceled"});
    both.read(*both.server);
    both.settle();
    both.client.reset();
    both.settle();
    CHECK(both.heard.back().empty());
}

TEST_CASE("In memory whoever writes more than two systems hold waits until it is read") {
    two_ends both;
    both.write(*both.client, std::string(memory_wire::way::capacity + 1, 'x'));
    both.settle();
    CHECK(both.written.empty());
    CHECK(both.client->progress().given == memory_wire::way::capacity);
    both.read(*both.server);
    both.settle();
    REQUIRE(both.written.size() == 1);
    CHECK(!both.written[0]);
    CHECK(both.client->progress().taken == memory_wire::way::capacity + 1);
}

TEST_CASE("In memory nothing is heard of a connection that is held, and all when it is released") {
    two_ends both;
    both.between.lock()->hold();
    both.read(*both.server);
    both.write(*both.client, "hello");
    both.settle();
    CHECK(both.heard.empty());
    CHECK(both.client->progress().given == 5);
    CHECK(both.client->progress().taken == 0);
    both.client->close();
    both.settle();
    CHECK(both.heard.empty());
    both.between.lock()->release();
    both.settle();
    both.read(*both.server);
    both.settle();
    CHECK(both.heard == texts{"hello", ""});
}

TEST_CASE("In memory a connection that is reset is lost at both ends, with what was under way") {
    two_ends both;
    both.write(*both.client, "hello");
    both.read(*both.client);
    both.settle();
    both.between.lock()->reset();
    both.read(*both.server);
    both.settle();
    const std::string lost = "reading from the socket: Connection reset by peer";
    CHECK(both.heard == texts{lost, lost});
    both.write(*both.server, "more");
    both.settle();
    CHECK(both.written.back()->system_code() == asio::error::connection_reset);
}

TEST_CASE("In memory an end and its io_context go in either order, in the middle of a read") {
    for (const bool context_first : {true, false}) {
        two_ends both;
        both.read(*both.client);
        both.read(*both.server);
        both.settle();
        if (context_first)
            both.context.reset();
        both.client.reset();
        both.server.reset();
        both.context.reset();
        CHECK(both.heard.empty());
    }
}
