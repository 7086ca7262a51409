#include "io/streams.hpp"
#include "testing/limited_stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace cocql;
using namespace cocql::tests;

namespace {

/// Keeps what it is given, in the order of its coming.
class keeping_receiver final : public io::byte_receiver {
  public:
    std::span<std::byte> room() override { return room_; }
    std::span<std::byte> received(std::size_t count) override {
        for (const auto each : std::span(room_).first(count))
            text.push_back(static_cast<char>(each));
        if (then)
            then();
        return text.size() < wanted ? room() : std::span<std::byte>();
    }

    std::string text;
    std::size_t wanted = static_cast<std::size_t>(-1); ///< of it, then no more is read
    std::function<void()> then;

  private:
    std::array<std::byte, 4> room_{};
};

/// The last: as a stream reads that has no way of its own.
enum class way { plain, tls_1_2, tls_1_3, by_read_some };

/// Two streams over loopback that have shaken hands.
class ends {
  public:
    ends(asio::io_context& context, way how) {
        if (how == way::plain || how == way::by_read_some) {
            plain_pair pair(context);
            here = std::move(pair.client);
            there = std::make_unique<io::tcp_stream>(std::move(pair.server));
            if (how == way::by_read_some)
                here = std::make_unique<testing::limited_stream>(std::move(here), 4);
        } else {
            const auto version = how == way::tls_1_2 ? tls_version::v1_2 : tls_version::v1_3;
            pair_of_streams pair;
            run(context,
                connect(context, server_of("node", version), trusting(version), "localhost", pair));
            REQUIRE(pair.client_shaken.has_value());
            here = std::move(pair.client);
            there = std::move(pair.server);
            context.restart();
        }
    }
    void send(asio::io_context& context, const std::string& text) {
        context.restart();
        run(context, write(text));
    }
    std::unique_ptr<io::byte_stream> here;
    std::unique_ptr<io::byte_stream> there;

  private:
    asio::awaitable<void> write(std::string text) {
        auto written = co_await there->write(std::as_bytes(std::span(text)));
        REQUIRE(written.has_value());
    }
};

template <typename Test>
void for_each_way(Test test) {
    for (const auto how : {way::plain, way::tls_1_2, way::tls_1_3, way::by_read_some}) {
        CAPTURE(static_cast<int>(how));
        asio::io_context context(1);
        ends both(context, how);
        test(context, both);
    }
}

asio::awaitable<void> read_on(io::byte_stream& stream, io::byte_receiver& receiver,
                              std::optional<result<bool>>& outcome) {
    outcome = co_await stream.read_on(receiver);
}

asio::awaitable<void> say_goodbye(io::byte_stream& stream) {
    co_await stream.shutdown();
    stream.close();
}

} // namespace

TEST_CASE(
    "B5 a receiver gets all bytes in their order, until it wants no more, and then the rest") {
    for_each_way([](asio::io_context& context, ends& both) {
        both.send(context, "eleven more");
        keeping_receiver receiver;
        receiver.wanted = 6;
        std::optional<result<bool>> outcome;
        context.restart();
        run(context, read_on(*both.here, receiver, outcome));
        REQUIRE(outcome->has_value());
        CHECK(outcome->value());
        CHECK(receiver.text.size() >= 6);
        CHECK(std::string("eleven more").find(receiver.text) == 0);

        receiver.wanted = 20;
        outcome.reset();
        context.restart();
        start(context, read_on(*both.here, receiver, outcome));
        context.poll();
        CHECK(!outcome.has_value());
        CHECK(receiver.text == "eleven more");
        both.send(context, " and more");
        REQUIRE(outcome.has_value());
        CHECK(outcome->value());
        CHECK(receiver.text == "eleven more and more");
    });
}

TEST_CASE("B3 the peer's goodbye is the end in good order, also for a receiver") {
    for_each_way([](asio::io_context& context, ends& both) {
        both.send(context, "the last");
        keeping_receiver receiver;
        std::optional<result<bool>> outcome;
        context.restart();
        start(context, read_on(*both.here, receiver, outcome));
        start(context, say_goodbye(*both.there));
        while (!outcome && context.run_one() != 0) {
        }
        REQUIRE(outcome.has_value());
        REQUIRE_MESSAGE(outcome->has_value(), std::string(outcome->error().what()));
        CHECK(!outcome->value());
        CHECK(receiver.text == "the last");
        both.here->close();
        context.run();
    });
}

TEST_CASE("B3 H18 a connection that ends otherwise is an error, also for a receiver") {
    for_each_way([](asio::io_context& context, ends& both) {
        const bool tls = both.here->peer().tls;
        both.send(context, "the last");
        keeping_receiver receiver;
        std::optional<result<bool>> outcome;
        context.restart();
        start(context, read_on(*both.here, receiver, outcome));
        context.poll();
        both.there->close(); // of TLS: without close_notify
        context.run();
        REQUIRE(outcome.has_value());
        CHECK(outcome->has_value() == !tls);
        if (tls) {
            CHECK(outcome->error().is(errc::connection_lost));
            CHECK(std::string(outcome->error().what()).find("truncated") != std::string::npos);
        }
        CHECK(receiver.text == "the last");
    });
    asio::io_context context(1);
    plain_pair pair(context);
    keeping_receiver receiver;
    std::optional<result<bool>> outcome;
    pair.server.set_option(asio::socket_base::linger(true, 0));
    start(context, read_on(*pair.client, receiver, outcome));
    context.poll();
    pair.server.close();
    context.run();
    REQUIRE(outcome.has_value());
    REQUIRE(!*outcome);
    CHECK(outcome->error().is(errc::connection_lost));
    CHECK(outcome->error().system_code() == asio::error::connection_reset);
}

TEST_CASE(
    "X24 cancel ends a read for a receiver: before it, while it waits, and out of received()") {
    enum class moment { before, waiting, closing, receiving };
    for (const auto when : {moment::before, moment::waiting, moment::closing, moment::receiving}) {
        CAPTURE(static_cast<int>(when));
        for_each_way([&](asio::io_context& context, ends& both) {
            keeping_receiver receiver;
            std::optional<result<bool>> outcome;
            if (when == moment::before)
                both.here->cancel();
            if (when == moment::receiving) {
                receiver.then = [&] { both.here->cancel(); };
                both.send(context, "more than room");
                context.restart();
            }
            start(context, read_on(*both.here, receiver, outcome));
            context.poll();
            if (when == moment::waiting)
                both.here->cancel();
            if (when == moment::closing)
                both.here->close();
            context.run();
            CHECK(receiver.text == (when == moment::receiving ? "more" : ""));
            REQUIRE(outcome.has_value());
            REQUIRE(!*outcome);
            CHECK(outcome->error().is(errc::cancelled));
        });
    }
}

TEST_CASE("X24 what a receiver throws comes out of the read, and the stream can be read on") {
    for_each_way([](asio::io_context& context, ends& both) {
        keeping_receiver receiver;
        std::optional<result<bool>> outcome;
        bool threw = false;
        receiver.then = [&] {
            if (!std::exchange(threw, true))
                throw std::runtime_error("the receiver's own");
        };
        start(context, read_on(*both.here, receiver, outcome));
        std::string said;
        try {
            both.send(context, "one");
            context.restart();
            context.run();
        } catch (const std::runtime_error& thrown) {
            said = thrown.what();
        }
        CHECK(said == "the receiver's own");
        CHECK(!outcome.has_value());
        context.restart();
        context.run(); // the rest of what the exception has interrupted

        receiver.wanted = 6;
        both.send(context, "two");
        context.restart();
        run(context, read_on(*both.here, receiver, outcome));
        REQUIRE(outcome.has_value());
        CHECK(outcome->value());
        CHECK(receiver.text == "onetwo");
    });
}

TEST_CASE("X25 destroying the io_context under a read for a receiver leaks nothing") {
    const auto before = descriptors();
    for (const auto how : {way::plain, way::tls_1_2, way::tls_1_3, way::by_read_some}) {
        keeping_receiver receiver;
        std::optional<result<bool>> outcome;
        std::unique_ptr<ends> both;
        {
            asio::io_context context(1);
            both = std::make_unique<ends>(context, how);
            start(context, read_on(*both->here, receiver, outcome));
            context.restart();
            context.poll();
            both.reset();
        }
        CHECK((!outcome || !*outcome));
    }
    CHECK(descriptors() == before);
}
