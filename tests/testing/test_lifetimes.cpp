#include "client/node.hpp"
#include "testing/manual_clock.hpp"
#include "testing/memory_stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using testing::silence;

// A test that fails leaves its functions by an exception: what it has made is destroyed in the
// order that it happens to have been made in, in the middle of anything. The sanitizers see more
// here than what is checked.

namespace {

/// Where a connection is when everything is thrown away.
class moment {
  public:
    using arrangement = std::function<void(testing::node_options&, testing::relay_options&)>;

    moment(std::string name, arrangement arrange)
        : name(std::move(name)), arrange(std::move(arrange)) {}
    std::string name;
    arrangement arrange;
};

moment silent_at(std::string name, silence where) {
    return {std::move(name), [where](testing::node_options& options, testing::relay_options&) {
                options.silent = where;
            }};
}

const std::vector<moment> moments{
    {"answered and closing", [](testing::node_options&, testing::relay_options&) {}},
    {"closing, the node mute", [](testing::node_options& options,
                                  testing::relay_options&) { options.mute_close_notify = true; }},
    silent_at("accepted", silence::at_accept),
    silent_at("in the handshake", silence::in_server_hello),
    silent_at("after the handshake", silence::after_handshake),
    silent_at("in OPTIONS", silence::at_options),
    silent_at("asking", silence::at_query),
    {"deaf", [](testing::node_options& options,
                testing::relay_options&) { options.deaf_after_startup = true; }},
    {"dripping",
     [](testing::node_options& options, testing::relay_options&) {
         options.drip = 1;
         options.drip_pause = std::chrono::hours(1);
     }},
    {"fallen silent",
     [](testing::node_options& options, testing::relay_options&) {
         options.fault_after = 3;
         options.fault = testing::node_fault::silence;
     }},
    {"cut off by the relay, which goes on reading",
     [](testing::node_options&, testing::relay_options& options) {
         options.cut_after = 3;
         options.how = testing::cut::silence;
     }},
    {"dripping in the relay",
     [](testing::node_options&, testing::relay_options& options) {
         options.drip_from = 3;
         options.drip_pause = std::chrono::hours(1);
     }},
    {"a long answer on its way",
     [](testing::node_options& options, testing::relay_options& in_between) {
         options.answer = [](const std::string&) {
             return testing::rows_of({std::string(std::size_t{8} << 20, 'x')});
         };
         in_between.drip_from = 10'000;
         in_between.drip_pause = std::chrono::hours(1);
     }},
};

asio::awaitable<void> open_and_ask(endpoint where, connection_options options,
                                   std::optional<connection>& out) {
    auto opened = co_await as_result(connection::open(where, options));
    if (!opened)
        co_return;
    out = *opened;
    auto page = co_await as_result(opened->query("SELECT one"));
    if (page)
        co_await opened->close();
}

/// A node, a relay in front of it, a connection through it, and the io_context of all of them.
class belongings {
  public:
    belongings(speech how, const moment& when) {
        auto options = node_of(how, echo());
        testing::relay_options in_between;
        when.arrange(options, in_between);
        node = std::make_unique<testing::scripted_node>(*context, options);
        relay = std::make_unique<testing::relay>(*context, node->where(), in_between);
        start(*context, open_and_ask(relay->where(), client_of(how), open));
    }
    void turn() {
        if (!context)
            return;
        context->restart();
        while (context->poll() != 0) {
        }
    }
    void destroy(int which) {
        switch (which) {
        case 0:
            context.reset();
            break;
        case 1:
            node.reset();
            break;
        case 2:
            relay.reset();
            break;
        default:
            open.reset();
        }
    }

    std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
    std::unique_ptr<testing::scripted_node> node;
    std::unique_ptr<testing::relay> relay;
    std::optional<connection> open;
};

void destroy_in_every_order(speech how, const moment& when) {
    std::vector<int> order{0, 1, 2, 3};
    do {
        for (const bool running : {false, true}) {
            INFO(when.name << ", " << name_of(how) << ", order " << order[0] << order[1] << order[2]
                           << order[3] << ", running meanwhile " << running);
            const auto before = descriptors();
            {
                belongings all(how, when);
                for (int i = 0; i < 50; ++i)
                    all.turn();
                for (const auto which : order) {
                    all.destroy(which);
                    if (running)
                        all.turn();
                }
            }
            CHECK(descriptors() == before);
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

asio::awaitable<void> open_and_keep(endpoint where, connection_options options,
                                    std::optional<connection>& out) {
    out = co_await connection::open(where, options);
}

} // namespace

TEST_CASE("X25 node, relay, connection and io_context may be destroyed in every order, at every "
          "moment") {
    for (const auto& when : moments)
        for (const auto how : {speech::plain, speech::tls_1_3}) {
            if (how == speech::plain && when.name == "in the handshake")
                continue;
            destroy_in_every_order(how, when);
        }
}

TEST_CASE("A test that fails in the middle of a conversation says why") {
    for_each_speech([](speech how) {
        std::string said;
        try {
            asio::io_context context(1);
            testing::scripted_node node(context, node_of(how, echo()));
            std::optional<connection> open;
            start(context, open_and_keep(node.where(), client_of(how), open));
            while (!open)
                context.run_one();
            throw std::runtime_error("what the test expected is not so");
        } catch (const std::runtime_error& failed) {
            said = failed.what();
        }
        CHECK(said == "what the test expected is not so");
    });
}

TEST_CASE("What a function of the node's options throws comes out of run(), and everything can be "
          "put away after it") {
    for_each_speech([](speech how) {
        std::string said;
        try {
            testing::node_options options;
            options.answer = [](const std::string&) -> testing::node_reply {
                throw std::runtime_error("no such statement was expected");
            };
            asio::io_context context(1);
            testing::scripted_node node(context, node_of(how, options));
            const auto work = [](endpoint where,
                                 connection_options options) -> asio::awaitable<void> {
                auto connection = co_await connection::open(where, options);
                co_await connection.query("SELECT one");
            };
            start(context, work(node.where(), client_of(how)));
            context.run();
        } catch (const std::runtime_error& failed) {
            said = failed.what();
        }
        CHECK(said == "no such statement was expected");
    });
}

TEST_CASE("After stop() a node asks the test's functions no more, which may be gone") {
    for_each_speech([](speech how) {
        asio::io_context context(1);
        int asked = 0;
        bool gone = false;
        testing::node_options options;
        options.answer = [&](const std::string& cql) {
            CHECK(!gone);
            ++asked;
            return testing::rows_of({cql});
        };
        auto node = std::make_unique<testing::scripted_node>(context, node_of(how, options));
        std::optional<connection> open;
        start(context, open_and_keep(node->where(), client_of(how), open));
        while (!open)
            context.run_one();
        const auto ask = [](connection connection) -> asio::awaitable<void> {
            auto page = co_await as_result(connection.query("SELECT one"));
            CHECK(!page.has_value());
        };
        for (int i = 0; i < 5; ++i)
            start(context, ask(*open));
        // The requests are on their way, or have come and were not read.
        for (int i = 0; i < 5; ++i)
            context.poll_one();
        const auto before = asked;
        gone = true;
        node.reset();
        open.reset();
        context.restart();
        context.run();
        CHECK(asked == before);
    });
}

namespace {

asio::awaitable<void> read_from(testing::memory_stream& stream, std::shared_ptr<int> token) {
    std::vector<std::byte> room(16);
    auto count = co_await stream.read_some(room);
    static_cast<void>(count);
    token.reset();
}

asio::awaitable<void> wait_on(io::timer& timer, std::shared_ptr<int> token) {
    co_await timer.wait_until(base::never);
    token.reset();
}

} // namespace

TEST_CASE(
    "X25 a stream in memory and its io_context may be destroyed in both orders under a read") {
    for (const bool context_first : {false, true}) {
        INFO("io_context first " << context_first);
        const testing::node_options options;
        auto context = std::make_unique<asio::io_context>(1);
        auto stream = std::make_unique<testing::memory_stream>(context->get_executor(), options);
        const auto token = std::make_shared<int>();
        start(*context, read_from(*stream, token));
        context->poll();
        CHECK(token.use_count() == 2);
        if (context_first)
            context.reset();
        else
            stream.reset();
        if (context)
            context->poll(); // where Asio unwinds what sleeps
        CHECK(token.use_count() == 1);
    }
}

TEST_CASE("X25 a manual clock, its timers and their io_context may be destroyed in every order") {
    std::vector<int> order{0, 1, 2};
    do {
        INFO("order " << order[0] << order[1] << order[2]);
        auto context = std::make_unique<asio::io_context>(1);
        auto clock = std::make_unique<testing::manual_clock>();
        auto timer = clock->make_timer(context->get_executor());
        const auto token = std::make_shared<int>();
        start(*context, wait_on(*timer, token));
        context->poll();
        CHECK(token.use_count() == 2);
        for (const auto which : order) {
            if (which == 0)
                context.reset();
            else if (which == 1)
                clock.reset();
            else
                timer.reset();
        }
        CHECK(token.use_count() == 1);
    } while (std::next_permutation(order.begin(), order.end()));
}
