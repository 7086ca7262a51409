#include "io/streams.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

asio::awaitable<void> read_into(io::byte_stream& stream,
                                std::optional<result<std::size_t>>& outcome) {
    std::array<std::byte, 16> room{};
    outcome = co_await stream.read_some(room);
}

asio::awaitable<void> write_all(io::byte_stream& stream, std::size_t size,
                                std::optional<result<void>>& outcome) {
    const std::vector<std::byte> bytes(size, std::byte{0x5a});
    outcome = co_await stream.write(bytes);
}

asio::awaitable<void> write_two(io::byte_stream& stream, std::size_t size,
                                std::optional<result<std::size_t>>& left) {
    const std::vector<std::byte> bytes(size, std::byte{0x5a});
    left = co_await write_in_two(stream, bytes);
}

} // namespace

TEST_CASE("B5 plain: bytes arrive as they were written, and both addresses are known") {
    asio::io_context context(1);
    plain_pair pair(context);
    asio::write(pair.server, asio::buffer("cql", 3));
    std::optional<result<std::size_t>> got;
    run(context, read_into(*pair.client, got));
    CHECK(got->value() == 3);
    CHECK(!pair.client->peer().tls);
    CHECK(pair.client->peer().address.find("127.0.0.1:") == 0);
    CHECK(pair.client->peer().local_address.find("127.0.0.1:") == 0);
}

TEST_CASE("B3 plain: the peer's FIN is the end in good order, a reset is an error with its errno") {
    asio::io_context context(1);
    plain_pair pair(context);
    SUBCASE("FIN") {
        pair.server.close();
        std::optional<result<std::size_t>> got;
        run(context, read_into(*pair.client, got));
        CHECK(got->value() == 0);
    }
    SUBCASE("reset") {
        pair.server.set_option(asio::socket_base::linger(true, 0));
        pair.server.close();
        std::optional<result<std::size_t>> got;
        run(context, read_into(*pair.client, got));
        REQUIRE(!*got);
        CHECK(got->error().is(errc::connection_lost));
        CHECK(got->error().system_code() == asio::error::connection_reset);
    }
}

TEST_CASE("X24 plain: cancel and close end a pending read and write, wherever these are") {
    const auto before = descriptors();
    // The write is longer than what the buffers take. It consists of many steps, and cancel() may
    // come between two of them: that is what the number of turns before it tries out.
    for (const bool by_close : {false, true})
        for (std::size_t turns = 0; turns < 12; ++turns) {
            asio::io_context context(1);
            plain_pair pair(context);
            std::optional<result<std::size_t>> got;
            std::optional<result<void>> written;
            start(context, read_into(*pair.client, got));
            start(context, write_all(*pair.client, 16'000'000, written));
            for (std::size_t turn = 0; turn < turns; ++turn)
                context.poll_one();
            if (by_close)
                pair.client->close();
            else
                pair.client->cancel();
            context.restart();
            context.run_for(std::chrono::seconds(2));
            REQUIRE(got.has_value());
            REQUIRE(written.has_value());
            CHECK(got->error().is(errc::cancelled));
            CHECK(written->error().is(errc::cancelled));
            pair.client->close();
            pair.client->close();
            got.reset();
            context.restart();
            run(context, read_into(*pair.client, got));
            CHECK(got->error().is(errc::cancelled));
        }
    CHECK(descriptors() == before);
}

TEST_CASE("B5 plain: a short write is over at once, without a turn of the loop") {
    asio::io_context context(1);
    plain_pair pair(context);
    const std::vector<std::byte> bytes(100, std::byte{0x5a});
    std::span<const std::byte> rest(bytes);
    const auto done = pair.client->write_at_once(rest);
    REQUIRE(done.has_value());
    CHECK(*done);
    CHECK(rest.empty());
    std::array<std::byte, 100> room{};
    CHECK(asio::read(pair.server, asio::buffer(room)) == 100);
    CHECK(std::count(room.begin(), room.end(), std::byte{0x5a}) == 100);
}

TEST_CASE("B3 plain: a write to a peer that reset the connection is an error with its errno") {
    asio::io_context context(1);
    plain_pair pair(context);
    pair.server.set_option(asio::socket_base::linger(true, 0));
    pair.server.close();
    std::optional<error> failed;
    SUBCASE("by a coroutine") {
        std::optional<result<void>> written;
        run(context, write_all(*pair.client, 100, written));
        REQUIRE(!*written);
        failed = written->error();
    }
    SUBCASE("at once") {
        const std::vector<std::byte> bytes(100);
        std::span<const std::byte> rest(bytes);
        const auto done = pair.client->write_at_once(rest);
        REQUIRE(!done);
        failed = done.error();
    }
    CHECK(failed->is(errc::connection_lost));
    CHECK(failed->system_code() == asio::error::connection_reset);
}

TEST_CASE("X24 plain: nothing is written after cancel()") {
    asio::io_context context(1);
    plain_pair pair(context);
    pair.client->cancel();
    const std::vector<std::byte> bytes(100);
    std::span<const std::byte> rest(bytes);
    const auto done = pair.client->write_at_once(rest);
    REQUIRE(!done);
    CHECK(done.error().is(errc::cancelled));
    CHECK(rest.size() == bytes.size());
}

TEST_CASE("B5 plain: a write that the peer takes slowly is written whole") {
    asio::io_context context(1);
    plain_pair pair(context);
    std::optional<result<void>> written;
    std::optional<result<std::size_t>> left;
    bool in_two = false;
    SUBCASE("by a coroutine") {
        start(context, write_all(*pair.client, 16'000'000, written));
    }
    SUBCASE("at once, and by a coroutine what is left") {
        in_two = true;
        pair.server.set_option(asio::socket_base::receive_buffer_size(65'536));
        start(context, write_two(*pair.client, 16'000'000, left));
    }
    std::vector<std::byte> room(7'777);
    std::size_t total = 0;
    bool same = true;
    while (total < 16'000'000) {
        context.restart();
        context.poll();
        const auto count = pair.server.read_some(asio::buffer(room));
        same = same && std::all_of(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(count),
                                   [](std::byte each) { return each == std::byte{0x5a}; });
        total += count;
    }
    context.restart();
    context.run();
    CHECK(same);
    if (in_two) {
        CHECK(left->value() > 0);
        CHECK(left->value() < 16'000'000);
    } else {
        CHECK(written->has_value());
    }
}
