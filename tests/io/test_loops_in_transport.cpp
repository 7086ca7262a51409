#include "io/gated_stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <new>
#include <utility>
#include <vector>

using namespace cocql;
using namespace cocql::tests;

// What a transport calls may run its io_context before it returns, or find no memory.

namespace {

std::size_t sum_of(const std::vector<std::size_t>& sizes) {
    std::size_t sum = 0;
    for (const auto each : sizes)
        sum += each;
    return sum;
}

/// Puts a transport away when its io_context goes, as a connection does.
class owner_of_transport final : private io::shutdown_registry::member {
  public:
    explicit owner_of_transport(asio::io_context& context) { join(context); }
    ~owner_of_transport() override { leave(); }
    std::unique_ptr<io::stream_transport> transport;

  private:
    void context_destroyed() noexcept override { transport.reset(); }
};

} // namespace

TEST_CASE(
    "P20 who hears that writing goes on runs the loop, in which a writer starts: there is one "
    "writer, and each byte leaves once") {
    bridge b;
    b.transport.set_write_buffer_limits(2048, 1024);
    b.transport.write(std::vector<std::byte>(4096));
    b.settle();
    REQUIRE(b.stream->sizes == std::vector<std::size_t>{4096});
    b.protocol.on_resume = [&] {
        b.protocol.on_resume = nullptr;
        b.transport.write(kilobyte);
        b.settle(); // in which that gets under way
        b.transport.write(kilobyte);
    };
    b.stream->allow_one();
    b.settle();
    CHECK(b.stream->sizes == std::vector<std::size_t>{4096, 1024});
    CHECK(b.transport.write_buffer_size() == 2048);
    b.stream->allow_one();
    b.settle();
    CHECK(b.stream->sizes == std::vector<std::size_t>{4096, 1024, 1024});
    b.stream->allow_one();
    b.settle();
    CHECK(b.transport.write_buffer_size() == 0);
    CHECK(sum_of(b.stream->sizes) == b.transport.bytes_given());
    b.transport.abort();
    b.settle();
}

TEST_CASE("X24 who is called at a deadline ends the connection and runs the loop: it is not over "
          "before that returns") {
    testing::manual_clock clock;
    owned_bridge b(clock);
    b.protocol.deadline = clock.now() + std::chrono::seconds(1);
    b.begin();
    bool over_within = false;
    b.protocol.on_timeout = [&] {
        b.transport->abort();
        b.settle();
        over_within = b.over;
    };
    clock.advance(std::chrono::seconds(1));
    b.settle();
    CHECK(!over_within);
    CHECK(b.over);
    CHECK(b.protocol.told() == "made timeout lost");
}

TEST_CASE("B the end of a connection that finds no memory is an end all the same") {
    testing::manual_clock clock;
    owned_bridge b(clock);
    b.protocol.deadline = clock.now() + std::chrono::seconds(9);
    b.begin();
    b.protocol.on_lost = [&] { b.stream->no_memory = true; };
    b.stream->end_read(error(errc::io_failed, "reset"));
    b.settle();
    CHECK(b.over);
    clock.advance(std::chrono::seconds(10)); // when a timer that was left behind would be heard of
    b.settle();
    CHECK(b.protocol.told() == "made lost");
}

TEST_CASE("B a write that finds no memory when it lets the queue go round ends the connection") {
    testing::manual_clock clock;
    owned_bridge b(clock);
    b.begin();
    b.transport->write(kilobyte);
    b.transport->write(kilobyte); // more came
    b.stream->no_memory = true;
    b.settle();
    clock.advance(std::chrono::seconds(2));
    b.settle();
    CHECK(b.over);
    CHECK(b.thrown);
    if (b.transport)
        b.transport.reset();
}

TEST_CASE("X24 close() and abort() that find no memory wake who has paused reading") {
    for (const bool gracefully : {true, false}) {
        CAPTURE(gracefully);
        testing::manual_clock clock;
        owned_bridge b(clock);
        b.begin();
        b.protocol.on_data = [&] { b.transport->pause_reading(); };
        b.stream->give(1);
        b.settle();
        b.stream->no_memory = true;
        try {
            if (gracefully)
                b.transport->close();
            else
                b.transport->abort();
        } catch (const std::bad_alloc&) {
        }
        b.settle();
        clock.advance(std::chrono::seconds(2)); // as long as its end may last
        b.settle();
        CHECK(b.over);
        if (b.transport)
            b.transport.reset();
    }
}

TEST_CASE("B4 what other threads see of the write buffer counts what waits for a writer") {
    bridge b;
    b.transport.write(kilobyte);
    b.settle();
    CHECK(b.transport.visible_write_buffer_size() == 1024);
    b.transport.write(kilobyte);
    CHECK(b.transport.visible_write_buffer_size() == 2048);
    b.protocol.on_data = [&] { b.transport.write(kilobyte); };
    b.stream->give(1);
    b.settle();
    CHECK(b.transport.visible_write_buffer_size() == 3072);
    b.transport.abort();
    b.settle();
}

TEST_CASE("X25 an io_context that goes with a write in any of its rounds takes its memory along, "
          "with the transport and after it") {
    for (int rounds = 0; rounds <= 3; ++rounds)
        for (const bool context_first : {true, false}) {
            CAPTURE(rounds);
            CAPTURE(context_first);
            auto context = std::make_unique<asio::io_context>(1);
            testing::manual_clock clock;
            recording_protocol protocol;
            io::turn turn;
            auto made = std::make_unique<gated_stream>(context->get_executor());
            auto& stream = *made;
            owner_of_transport owner(*context);
            auto& transport = owner.transport;
            transport =
                std::make_unique<io::stream_transport>(std::move(made), protocol, clock, turn);
            start(*context, transport->run());
            context->poll();
            protocol.on_data = [&] { transport->rest(); };
            transport->write(kilobyte);
            for (int i = 0; i < rounds; ++i) {
                transport->write(kilobyte); // more came
                stream.give(1);             // at rest, with its memory in the queue
                context->poll_one();
            }
            if (context_first)
                context.reset();
            transport.reset();
            context.reset();
            CHECK(protocol.told() == "made");
        }
}

TEST_CASE(
    "P21 on a strand of a thread pool each byte leaves once, and the pool goes with a write in "
    "its queue") {
    testing::manual_clock clock;
    recording_protocol protocol;
    io::turn turn;
    std::unique_ptr<io::stream_transport> transport;
    asio::thread_pool pool(3);
    const auto strand = asio::make_strand(pool);
    auto made = std::make_unique<gated_stream>(strand);
    auto& stream = *made;
    transport = std::make_unique<io::stream_transport>(std::move(made), protocol, clock, turn);
    for (int i = 0; i < 2000; ++i)
        stream.allow_one();
    asio::co_spawn(strand, transport->run(), [](std::exception_ptr thrown) {
        if (thrown)
            std::rethrow_exception(thrown);
    });
    std::promise<void> enough;
    for (int i = 0; i < 1000; ++i)
        asio::post(strand, [&, i] {
            transport->write(kilobyte);
            if (i == 999)
                asio::post(strand, [&] { asio::post(strand, [&] { enough.set_value(); }); });
        });
    enough.get_future().wait();
    std::promise<void> stopped;
    asio::post(strand, [&] {
        transport->write(kilobyte);
        transport->write(kilobyte);
        pool.stop();
        stopped.set_value();
    });
    stopped.get_future().wait();
    pool.join();
    CHECK(sum_of(stream.sizes) + transport->write_buffer_size() >= 1000 * 1024);
    CHECK(transport->bytes_queued() == 1002 * 1024);
    transport.reset();
}
