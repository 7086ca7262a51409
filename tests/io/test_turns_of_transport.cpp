#include "io/gated_stream.hpp"

#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <vector>

using namespace cocql::tests;

TEST_CASE("P21 everything written in one turn of the loop leaves in one write") {
    bridge b;
    for (int i = 0; i < 100; ++i)
        b.transport.write(kilobyte);
    CHECK(b.stream->sizes.empty());
    b.settle();
    CHECK(b.stream->sizes == std::vector<std::size_t>{102400});
    // What is written while a write is under way leaves in the next one.
    for (int i = 0; i < 3; ++i)
        b.transport.write(kilobyte);
    b.stream->allow_one();
    b.settle();
    CHECK(b.stream->sizes == std::vector<std::size_t>{102400, 3072});
    b.transport.abort();
    b.settle();
}

TEST_CASE(
    "P21 what a turn writes waits for what others write after it, as long as there are others") {
    bridge b;
    for (int i = 0; i < 10; ++i)
        b.stream->allow_one();
    bool others = false;
    b.protocol.on_data = [&] {
        b.transport.write(kilobyte);
        if (others)
            asio::post(b.context, [&] { b.transport.write(kilobyte); });
    };
    using sizes = std::vector<std::size_t>;
    const auto written_in_a_turn = [&] {
        b.stream->sizes.clear();
        b.stream->give(1);
        b.settle();
        return b.stream->sizes;
    };
    CHECK(written_in_a_turn() == sizes{1024});
    others = true;
    CHECK(written_in_a_turn() == sizes{1024, 1024}); // nobody could know
    CHECK(written_in_a_turn() == sizes{2048});
    CHECK(written_in_a_turn() == sizes{2048});
    others = false;
    CHECK(written_in_a_turn() == sizes{1024});
    others = true;
    CHECK(written_in_a_turn() == sizes{1024, 1024});
    b.transport.abort();
    b.settle();
}

TEST_CASE(
    "P21 a write lets the queue go round while more comes, twice, or until it is long enough") {
    const auto first_write = [](std::size_t at_first) {
        bridge b;
        for (int i = 0; i < 20; ++i)
            b.stream->allow_one();
        int turns = 0;
        std::function<void()> others = [&] {
            b.transport.write(kilobyte);
            if (++turns < 10)
                asio::post(b.context, others);
        };
        b.transport.write(std::vector<std::byte>(at_first));
        others();
        b.settle();
        b.transport.abort();
        b.settle();
        return b.stream->sizes.front();
    };
    CHECK(first_write(1024) == 4 * 1024);
    CHECK(first_write(15 * 1024) == 16 * 1024);
}

TEST_CASE("P21 what waits for others is written by close(), and dropped by abort()") {
    for (const bool gracefully : {true, false}) {
        CAPTURE(gracefully);
        bridge b;
        for (int i = 0; i < 10; ++i)
            b.stream->allow_one();
        b.transport.write(kilobyte);
        b.settle();
        b.protocol.on_data = [&] {
            b.transport.write(kilobyte);
            asio::post(b.context, [&] {
                if (gracefully)
                    b.transport.close();
                else
                    b.transport.abort();
            });
        };
        b.stream->give(1);
        b.settle();
        CHECK(b.stream->sizes.size() == (gracefully ? 2 : 1));
        CHECK(b.protocol.told() == "made lost");
        CHECK(b.stream->closed);
    }
}

TEST_CASE("X25 destroying the io_context with a write in its queue leaks nothing") {
    auto b = std::make_unique<bridge>();
    b->transport.write(kilobyte);
    CHECK(b->stream->sizes.empty());
}
