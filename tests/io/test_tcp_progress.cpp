#include "io/stream/tcp_progress.hpp"
#include "streams.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <algorithm>
#include <span>
#include <unistd.h>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using asio::ip::tcp;

namespace {

asio::awaitable<void> write_whole(io::byte_stream& stream, std::span<const std::byte> bytes,
                                  bool& done) {
    auto left = co_await write_in_two(stream, bytes);
    CHECK(left.has_value());
    done = true;
}

asio::awaitable<void> read_exactly(auto& socket, std::size_t count) {
    std::vector<char> room(64 * 1024);
    while (count > 0) {
        const auto most = std::min(room.size(), count);
        count -=
            co_await socket.async_read_some(asio::buffer(room.data(), most), asio::use_awaitable);
    }
}

template <class Condition>
asio::awaitable<void> turn_until(Condition condition) {
    auto executor = co_await asio::this_coro::executor;
    while (!condition())
        co_await asio::post(executor, asio::use_awaitable);
}

/// What is written long before it is read: taken grows with what is read, up to all of it.
asio::awaitable<void> read_in_steps(io::byte_stream& stream, auto& peer, std::size_t size) {
    auto executor = co_await asio::this_coro::executor;
    const std::vector<std::byte> bytes(size);
    const auto before = stream.progress();
    bool done = false;
    start(static_cast<asio::io_context&>(executor.context()), write_whole(stream, bytes, done));
    auto last = before.taken;
    const std::size_t step = size / 4;
    for (int i = 0; i < 4; ++i) {
        CHECK_FALSE((done && stream.progress().taken == before.taken + size));
        co_await read_exactly(peer, step);
        // Acknowledged some time after it was read, and never before.
        co_await turn_until([&] { return stream.progress().taken > last; });
        last = stream.progress().taken;
        CHECK(stream.progress().given >= last);
    }
    co_await turn_until([&] { return done; });
    co_await turn_until([&] { return stream.progress().taken == stream.progress().given; });
}

} // namespace

#ifdef __linux__
TEST_CASE("R31 progress on TCP is what the peer's system has acknowledged") {
    asio::io_context context(1);
    plain_pair pair(context);
    const std::size_t size = 16 * 1024 * 1024;
    const auto before = pair.client->progress();
    CHECK(before.taken == before.given);
    run(context, read_in_steps(*pair.client, pair.server, size));
    const auto after = pair.client->progress();
    CHECK(after.taken == before.taken + size);
    CHECK(after.given == before.given + size);
}

TEST_CASE("R31 progress over TLS moves with what the peer's system takes of it") {
    asio::io_context context(1);
    start(context, [](asio::io_context& here) -> asio::awaitable<void> {
        pair_of_streams pair;
        co_await connect(here, server_of("node", tls_version::v1_3), trusting(tls_version::v1_3),
                         "127.0.0.1", pair);
        REQUIRE(pair.client_shaken);
        const std::vector<std::byte> bytes(8 * 1024 * 1024);
        const auto begin = pair.client->progress();
        bool done = false;
        start(here, write_whole(*pair.client, bytes, done));
        std::vector<std::byte> room(64 * 1024);
        std::size_t read = 0;
        while (read < bytes.size()) {
            auto count = co_await pair.server->read_some(room);
            REQUIRE(count);
            read += *count;
        }
        co_await turn_until([&] { return done; });
        co_await turn_until(
            [&] { return pair.client->progress().taken >= begin.taken + bytes.size(); });
        CHECK(pair.client->progress().taken <= pair.client->progress().given);
    }(context));
    context.run();
}
#endif

TEST_CASE("R31 progress where the system does not tell is what it was given, in the midst of a "
          "write too") {
    asio::io_context context(1);
    asio::local::stream_protocol::socket here(context);
    asio::local::stream_protocol::socket peer(context);
    asio::local::connect_pair(here, peer);
    CHECK_FALSE(io::tcp_progress(here.native_handle()));
    io::tcp_stream stream(tcp::socket(context, tcp::v4(), ::dup(here.native_handle())));
    here.close();
    CHECK(stream.progress().given == 0);
    const std::size_t size = 8 * 1024 * 1024;
    run(context, read_in_steps(stream, peer, size));
    CHECK(stream.progress().given > size / 2); // without what was taken at once
    CHECK(stream.progress().given <= size);
}
