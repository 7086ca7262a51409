#include "core/wire/opcode.hpp"
#include "opening_by_name.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using testing::silence;

// The sanitizers judge what is left in memory, the count of descriptors what is left open.

namespace {

/// A node on an io_context of its own, and a client's io_context that can be destroyed at any
/// moment.
class two_worlds {
  public:
    two_worlds(speech how, testing::node_options options)
        : client(std::make_unique<asio::io_context>(1)),
          node(node_world_, node_of(how, std::move(options))) {}
    ~two_worlds() { finish(); }

    /// Lets both turn until something holds, and then until nothing happens any more.
    void until(const std::function<bool()>& condition) {
        while (!condition())
            turn();
        while (turn() != 0) {
        }
    }
    std::size_t turn() {
        node_world_.restart();
        auto done = node_world_.poll();
        if (client) {
            client->restart();
            done += client->poll();
        }
        return done;
    }
    void finish() {
        node.stop();
        node_world_.restart();
        node_world_.run();
    }

  private:
    asio::io_context node_world_{1};

  public:
    std::unique_ptr<asio::io_context> client;
    testing::scripted_node node;
};

/// Where opening is stuck, and how the node knows.
class place {
  public:
    silence silent;
    wire::opcode last; ///< the message that is not answered
};

const std::vector<place> places{
    {silence::at_accept, wire::opcode::error},
    {silence::in_server_hello, wire::opcode::error},
    {silence::at_options, wire::opcode::options},
    {silence::at_startup, wire::opcode::startup},
    {silence::at_auth, wire::opcode::auth_response},
    {silence::at_register, wire::opcode::register_},
    {silence::at_query, wire::opcode::query},
};

bool arrived(const testing::scripted_node& node, const place& where) {
    return where.last == wire::opcode::error ? node.accepted() == 1 : node.count(where.last) == 1;
}

/// Each speech and each place that there is.
template <class Test>
void for_each_place(Test test) {
    for_each_speech([&](speech how) {
        for (const auto& where : places) {
            if (how == speech::plain && where.silent == silence::in_server_hello)
                continue;
            INFO("silence " << static_cast<int>(where.silent));
            test(how, where);
        }
    });
}

/// `token` is held for as long as the coroutine exists.
asio::awaitable<void> open_holding(endpoint where, connection_options options,
                                   std::shared_ptr<int> token, connection& out) {
    out = co_await connection::open(where, options);
    token.reset();
}

asio::awaitable<void> close_slowly(endpoint where, connection_options options, bool& open,
                                   bool& closed, std::shared_ptr<int> token) {
    auto connection = co_await connection::open(where, options);
    open = true;
    co_await connection.close();
    closed = true;
    token.reset();
}

asio::awaitable<void> open_and_drop(endpoint where, connection_options options, bool& dropped) {
    { auto connection = co_await connection::open(where, options); }
    dropped = true;
}

} // namespace

TEST_CASE("X25 destroying the io_context while opening is stuck, in each phase, leaks nothing") {
    const auto before = descriptors();
    for_each_place([](speech how, const place& where) {
        two_worlds w(how, silent(where.silent));
        const auto token = std::make_shared<int>();
        connection never;
        start(*w.client, open_holding(w.node.where(), wanting_everything(how), token, never));
        w.until([&] { return arrived(w.node, where); });
        CHECK(token.use_count() == 2);
        w.client.reset();
        CHECK(token.use_count() == 1); // the coroutine that waited is gone
    });
    CHECK(descriptors() == before);
}

TEST_CASE("X24 X25 a name server that is silent: whatever ends opening, nothing of it is left") {
    enum class end { close, cancel, abandon, destroy };
    const auto before = descriptors();
    for (const auto how : {end::close, end::cancel, end::abandon, end::destroy}) {
        INFO("end " << static_cast<int>(how));
        asio::io_context world(1);
        name_server names(world);
        names.reply_by([](const name_question&) { return reply::nothing; });
        auto context = std::make_unique<asio::io_context>(1);
        auto connection = opening_by_name(*context, names, endpoint("silent.test"));
        const auto token = std::make_shared<int>();
        std::optional<result<void>> outcome;
        asio::cancellation_signal signal;
        const auto open = [](shared_implementation connection, std::optional<result<void>>& outcome,
                             std::shared_ptr<int> token) -> asio::awaitable<void> {
            auto opened = co_await connection->open();
            outcome = opened;
            token.reset();
        };
        asio::co_spawn(*context, open(connection, outcome, token),
                       asio::bind_cancellation_slot(signal.slot(), rethrow));
        while (names.asked().empty()) {
            context->restart();
            context->poll();
            world.restart();
            world.poll();
        }
        CHECK(!outcome.has_value());
        const auto closing = [](shared_implementation connection) -> asio::awaitable<void> {
            co_await connection->close();
        };
        if (how == end::close)
            start(*context, closing(connection));
        else if (how == end::cancel)
            signal.emit(asio::cancellation_type::terminal);
        else if (how == end::abandon)
            connection->abandon();
        else
            context.reset();
        connection.reset();
        if (context) {
            const auto begun = std::chrono::steady_clock::now();
            context->restart();
            context->run(); // the opening is without limit, the server never answers
            CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
            REQUIRE(outcome.has_value());
            CHECK(outcome->error().is(how == end::cancel ? errc::cancelled
                                                         : errc::connection_closed));
        }
        CHECK(token.use_count() == 1);
    }
    CHECK(descriptors() == before);
}

TEST_CASE("X24 X25 dropping the last handle while opening is stuck, in each phase, ends it") {
    const auto before = descriptors();
    for_each_place([](speech how, const place& where) {
        two_worlds w(how, silent(where.silent));
        auto connection = std::make_shared<client::implementation>(
            w.client->get_executor(), w.node.where(), wanting_everything(how), io::steady_clock());
        std::optional<result<void>> outcome;
        start(*w.client, open_to_fail(connection, outcome));
        w.until([&] { return arrived(w.node, where); });
        CHECK(!outcome.has_value());
        std::weak_ptr<client::implementation> alive = connection;
        connection->abandon(); // what the last handle's destructor does
        connection.reset();
        w.until([&] { return outcome.has_value() && alive.expired(); });
        REQUIRE(!*outcome);
        INFO(std::string(outcome->error().what()));
        CHECK(outcome->error().has(errc::connection_closed));
    });
    CHECK(descriptors() == before);
}

TEST_CASE("X25 destroying the io_context while closing waits for close_notify leaks nothing") {
    const auto before = descriptors();
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        auto options = echo();
        options.mute_close_notify = true;
        two_worlds w(how, options);
        const auto token = std::make_shared<int>();
        bool open = false;
        bool closed = false;
        start(*w.client, close_slowly(w.node.where(), client_of(how), open, closed, token));
        w.until([&] { return !w.node.endings().empty(); }); // close_notify was heard
        CHECK(open);
        w.client.reset();
        CHECK(!closed);
        CHECK(token.use_count() == 1);
    }
    CHECK(descriptors() == before);
}

TEST_CASE("X24 X25 the last handle dropped against a mute node: destroyed in the middle of it or "
          "let be, nothing is left") {
    const auto before = descriptors();
    for (const auto how : {speech::tls_1_2, speech::tls_1_3})
        for (const bool destroyed : {false, true}) {
            INFO(name_of(how) << ", destroyed " << destroyed);
            auto options = echo();
            options.mute_close_notify = true;
            two_worlds w(how, options);
            bool dropped = false;
            start(*w.client, open_and_drop(w.node.where(), client_of(how), dropped));
            w.until([&] { return !w.node.endings().empty(); });
            CHECK(dropped);
            if (destroyed) {
                w.client.reset();
            } else {
                const auto begun = std::chrono::steady_clock::now();
                w.client->restart();
                w.client->run(); // ends with the second that the node is given
                CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
            }
        }
    CHECK(descriptors() == before);
}

namespace {

asio::awaitable<void> ask(connection connection, std::shared_ptr<int> token) {
    auto page = co_await as_result(connection.query(std::string(100'000, 'x')));
    token.reset();
}

} // namespace

TEST_CASE("X25 destroying the io_context under requests that wait for ids and for the write buffer "
          "leaks nothing") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        auto options = echo();
        options.deaf_after_startup = true;
        two_worlds w(how, options);
        auto client = client_of(how);
        client.max_in_flight(8).write_buffer_limits(200'000, 50'000);
        connection open;
        const auto token = std::make_shared<int>();
        start(*w.client, open_holding(w.node.where(), client, token, open));
        w.until([&] { return token.use_count() == 1; });
        for (int i = 0; i < 20; ++i)
            start(*w.client, ask(open, token));
        w.until([&] { return open.state().waiting != 0; });
        CHECK(token.use_count() == 21);
        w.client.reset();
        CHECK(token.use_count() == 1);
    });
    CHECK(descriptors() == before);
}

TEST_CASE("X25 P22 a handle that outlives its io_context keeps no descriptor and does no harm") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        two_worlds w(how, echo());
        const auto token = std::make_shared<int>();
        connection open;
        start(*w.client, open_holding(w.node.where(), client_of(how), token, open));
        w.until([&] { return token.use_count() == 1; });
        CHECK(open.state().open);
        w.client.reset();
        CHECK(!open.state().open);
        const std::vector<std::byte> frame(9);
        CHECK(open.push(frame).error().is(errc::connection_closed));
        w.until([&] { return !w.node.endings().empty(); }); // the node sees the end
        const auto copy = open;
        open = connection();
    });
    CHECK(descriptors() == before);
}
