#include "core/base/recycling.hpp"
#include "io/bridge/stream_transport.hpp"
#include "io/recording_protocol.hpp"
#include "io/streams.hpp"
#include "testing/manual_clock.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// The bridge over sockets: the same tests over plain TCP and TLS.

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using asio::ip::tcp;

namespace {

enum class wire { plain, tls_1_2, tls_1_3 };

template <class Test>
void for_each_wire(Test test) {
    test(wire::plain, "plain");
    test(wire::tls_1_2, "TLS 1.2");
    test(wire::tls_1_3, "TLS 1.3");
}

asio::awaitable<void> shake(io::tls_stream& stream) {
    auto shaken = co_await stream.handshake();
    REQUIRE_MESSAGE(shaken.has_value(), std::string(shaken.error().what()));
}

/// Counts how often the bridge writes to a stream.
class counted_stream final : public io::byte_stream {
  public:
    counted_stream(std::unique_ptr<io::byte_stream> inner, std::size_t& writes)
        : inner_(std::move(inner)), writes_(writes) {}
    asio::awaitable<result<std::size_t>> read_some(std::span<std::byte> into) override {
        return inner_->read_some(into);
    }
    asio::awaitable<result<void>> write(std::span<const std::byte> from) override {
        ++writes_;
        return inner_->write(from);
    }
    asio::awaitable<result<void>>
    write_all(std::span<const std::span<const std::byte>> parts) override {
        ++writes_;
        return inner_->write_all(parts);
    }
    asio::awaitable<void> shutdown() override { return inner_->shutdown(); }
    void rest() override { inner_->rest(); }
    void cancel() override { inner_->cancel(); }
    void close() override { inner_->close(); }
    const peer_info& peer() const noexcept override { return inner_->peer(); }
    asio::any_io_executor get_executor() override { return inner_->get_executor(); }

  private:
    std::unique_ptr<io::byte_stream> inner_;
    std::size_t& writes_;
};

/// The bridge at one end of a connection over loopback, and a bare stream at the other. The
/// kernel's buffers are small, so that little is needed to fill them.
class bridged {
  public:
    explicit bridged(wire how, bool peer_resets = false) {
        tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        acceptor.set_option(asio::socket_base::receive_buffer_size(32 * 1024));
        tcp::socket here(context);
        here.connect(acceptor.local_endpoint());
        here.set_option(asio::socket_base::send_buffer_size(32 * 1024));
        auto there = acceptor.accept();
        if (peer_resets)
            there.set_option(asio::socket_base::linger(true, 0));
        auto mine = join(how, std::move(here), std::move(there));
        transport.emplace(std::make_unique<counted_stream>(std::move(mine), writes), protocol,
                          clock, turn);
        start(context, transport->run());
        poll();
    }

    void poll() {
        context.restart();
        while (context.poll() != 0) {
        }
    }
    template <class Condition>
    void until(Condition condition) {
        context.restart();
        while (!condition())
            REQUIRE(context.run_one() != 0);
    }
    void until_lost() {
        until([this] { return protocol.is_lost(); });
        poll();
    }

    testing::manual_clock clock;
    asio::io_context context{1};
    recording_protocol protocol;
    std::unique_ptr<io::byte_stream> peer;
    std::size_t writes = 0;
    io::turn turn;
    std::optional<io::stream_transport> transport;

  private:
    std::unique_ptr<io::byte_stream> join(wire how, tcp::socket here, tcp::socket there) {
        if (how == wire::plain) {
            peer = std::make_unique<io::tcp_stream>(std::move(there));
            return std::make_unique<io::tcp_stream>(std::move(here));
        }
        const auto version = how == wire::tls_1_2 ? tls_version::v1_2 : tls_version::v1_3;
        const auto settings =
            io::tls_client_settings::prepare(trusting(version), "localhost").value();
        auto mine = io::tls_stream::client(std::move(here), settings).value();
        const auto served = io::tls_context::for_server(server_of("node", version)).value();
        auto theirs = io::tls_stream::server(std::move(there), served).value();
        start(context, shake(*theirs));
        start(context, shake(*mine));
        context.run();
        peer = std::move(theirs);
        return mine;
    }
};

std::byte byte_at(std::size_t position) {
    return static_cast<std::byte>(position * 31 % 251);
}

/// The bytes of a stream from a position on.
std::vector<std::byte> bytes_from(std::size_t position, std::size_t count) {
    std::vector<std::byte> bytes(count);
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = byte_at(position + i);
    return bytes;
}

/// What the peer has seen.
class seen {
  public:
    std::size_t bytes = 0;
    std::vector<std::size_t> reads;
    bool wrong = false;
    std::optional<error> failure;
    bool ended = false;
};

/// Reads up to so many bytes or to the end.
asio::awaitable<void> read(io::byte_stream& stream, std::size_t most, seen& seen) {
    std::vector<std::byte> room(64 * 1024);
    while (seen.bytes < most) {
        auto count = co_await stream.read_some(room);
        if (!count)
            seen.failure = count.error();
        if (!count || *count == 0) {
            seen.ended = true;
            co_return;
        }
        for (std::size_t i = 0; i < *count; ++i)
            seen.wrong = seen.wrong || room[i] != byte_at(seen.bytes + i);
        seen.bytes += *count;
        seen.reads.push_back(*count);
    }
}

constexpr auto everything = static_cast<std::size_t>(-1);

asio::awaitable<void> read_and_answer_goodbye(io::byte_stream& stream, seen& seen) {
    co_await read(stream, everything, seen);
    if (!seen.failure)
        co_await stream.shutdown();
    stream.close();
}

asio::awaitable<void> say_goodbye(io::byte_stream& stream) {
    co_await stream.shutdown();
}

enum class ending { goodbye, fin, reset };

void peer_ends(wire how, ending kind) {
    bridged b(how, kind == ending::reset);
    CHECK(b.protocol.told() == "made");
    if (kind == ending::goodbye)
        start(b.context, say_goodbye(*b.peer));
    else
        b.peer->close();
    b.until_lost();
    // A FIN is all the goodbye that plain TCP has; over TLS one without close_notify is an error.
    const bool in_good_order =
        kind == ending::goodbye || (kind == ending::fin && how == wire::plain);
    CHECK(b.protocol.told() == (in_good_order ? "made eof lost" : "made lost"));
    CHECK(b.protocol.lost.has_value() == !in_good_order);
    if (!in_good_order && b.protocol.lost) {
        INFO(std::string(b.protocol.lost->what()));
        CHECK(b.protocol.lost->is(errc::connection_lost));
        if (kind == ending::reset)
            CHECK(b.protocol.lost->system_code() == asio::error::connection_reset);
        else
            CHECK(std::string(b.protocol.lost->what()).find("truncated") != std::string::npos);
    }
    const auto told = b.protocol.told();
    b.transport->close();
    b.transport->abort();
    b.transport->write(bytes_from(0, 10));
    b.poll();
    CHECK(b.protocol.told() == told);
    CHECK(b.writes == 0);
}

} // namespace

TEST_CASE("B1 B3 B5 over sockets: connection_made once, connection_lost once and last, by the "
          "peer's goodbye, FIN and reset") {
    const auto before = descriptors();
    for_each_wire([](wire how, const std::string& name) {
        INFO(name);
        for (const auto kind : {ending::goodbye, ending::fin, ending::reset}) {
            INFO("ending " << static_cast<int>(kind));
            peer_ends(how, kind);
        }
    });
    CHECK(descriptors() == before);
}

TEST_CASE(
    "B1 B3 B5 over sockets: close says goodbye and abort does not; both end without an error") {
    const auto before = descriptors();
    for_each_wire([](wire how, const std::string& name) {
        INFO(name);
        for (const bool aborted : {false, true}) {
            INFO("aborted " << aborted);
            bridged b(how);
            seen seen;
            start(b.context, read_and_answer_goodbye(*b.peer, seen));
            if (aborted)
                b.transport->abort();
            else
                b.transport->close();
            b.transport->close(); // of no effect any more
            b.until([&] { return seen.ended && b.protocol.is_lost(); });
            b.transport->abort();
            b.poll();
            CHECK(b.protocol.told() == "made lost");
            CHECK(!b.protocol.lost.has_value());
            const bool truncated = aborted && how != wire::plain;
            CHECK(seen.failure.has_value() == truncated);
            if (truncated)
                CHECK(seen.failure->has(errc::connection_lost));
        }
    });
    CHECK(descriptors() == before);
}

TEST_CASE("B4 B5 over sockets: a peer that does not read pauses writing over the high mark, one "
          "that reads on lets it resume at the low one") {
    for_each_wire([](wire how, const std::string& name) {
        INFO(name);
        constexpr std::size_t high = 256 * 1024;
        constexpr std::size_t low = 64 * 1024;
        bridged b(how);
        b.transport->set_write_buffer_limits(high, low);
        std::size_t written = 0;
        seen seen;
        const auto write_block = [&] {
            b.transport->write(bytes_from(written, 16 * 1024));
            written += 16 * 1024;
            b.poll();
        };
        std::string expected = "made";
        for (int round = 0; round < 3; ++round) {
            while (b.protocol.calls.back() != "pause") {
                REQUIRE(written < 100'000'000);
                write_block();
            }
            write_block(); // over the mark already: not told a second time
            expected += " pause";
            CHECK(b.protocol.told() == expected);
            start(b.context, read(*b.peer, written, seen));
            b.until([&] { return seen.bytes == written; });
            b.poll();
            expected += " resume";
            CHECK(b.protocol.told() == expected);
        }
        REQUIRE(b.protocol.buffered.size() == 6);
        for (std::size_t i = 0; i < 6; i += 2) {
            CHECK(b.protocol.buffered[i] > high);
            CHECK(b.protocol.buffered[i + 1] <= low);
        }
        CHECK(!seen.wrong);
        b.transport->abort();
        b.until_lost();
    });
}

TEST_CASE("P21 B5 over sockets: everything written in one turn is one write and, over TLS, one run "
          "of full records") {
    for_each_wire([](wire how, const std::string& name) {
        INFO(name);
        bridged b(how);
        for (std::size_t i = 0; i < 100; ++i)
            b.transport->write(bytes_from(i * 400, 400));
        seen seen;
        start(b.context, read(*b.peer, 40'000, seen));
        b.until([&] { return seen.bytes == 40'000; });
        CHECK(!seen.wrong);
        CHECK(b.writes == 1);
        // Of which records those are is seen in test_tls_records.cpp.
        CHECK(seen.reads.size() <= 3);
        b.transport->write(bytes_from(40'000, 10));
        start(b.context, read(*b.peer, 40'010, seen));
        b.until([&] { return seen.bytes == 40'010; });
        CHECK(b.writes == 2);
        b.transport->abort();
        b.until_lost();
    });
}

namespace {

asio::awaitable<void> send(io::byte_stream& stream, std::size_t count) {
    const auto bytes = bytes_from(0, count);
    auto written = co_await stream.write(bytes);
    REQUIRE(written.has_value());
}

} // namespace

TEST_CASE("B2 B5 over sockets: bytes are read to where the protocol wants them, and to the "
          "bridge's own buffer when it wants them nowhere") {
    for_each_wire([](wire how, const std::string& name) {
        INFO(name);
        bridged b(how);
        // The read that is pending is one to the bridge's buffer.
        start(b.context, send(*b.peer, 1));
        std::vector<std::byte> place(300'000);
        b.protocol.better_place = place;
        b.until([&] { return b.protocol.received == 1; });
        CHECK(b.protocol.reads == 1);
        start(b.context, send(*b.peer, 300'100));
        b.until([&] { return b.protocol.received == 300'101; });
        CHECK(b.protocol.updates > 0);
        CHECK(b.protocol.better_place.empty());
        CHECK(place == bytes_from(0, 300'000));
        CHECK(b.protocol.reads == 2);
        b.transport->abort();
        b.until_lost();
    });
}

TEST_CASE(
    "P21 B5 over sockets: what is written while bytes are received leaves in one write, in the "
    "same turn") {
    for_each_wire([](wire how, const std::string& name) {
        INFO(name);
        bridged b(how);
        b.protocol.on_data = [&] {
            for (std::size_t i = 0; i < 10; ++i)
                b.transport->write(bytes_from(i * 10, 10));
        };
        start(b.context, send(*b.peer, 1));
        b.context.restart();
        while (b.protocol.received == 0) {
            CHECK(b.writes == 0);
            REQUIRE(b.context.run_one() != 0);
        }
        CHECK(b.writes == 1);
        seen seen;
        start(b.context, read(*b.peer, 100, seen));
        b.until([&] { return seen.bytes == 100; });
        CHECK(!seen.wrong);
        CHECK(b.writes == 1);
        b.transport->abort();
        b.until_lost();
    });
}

TEST_CASE("P21 B5 over sockets: what lies elsewhere arrives in its place, however long it is and "
          "however little the peer reads at a time") {
    for_each_wire([](wire how, const std::string& name) {
        INFO(name);
        bridged b(how);
        std::size_t written = 0;
        const auto write = [&](std::size_t size) {
            b.transport->write(bytes_from(written, size));
            written += size;
        };
        const auto write_apart = [&](std::size_t size) {
            const auto bytes = bytes_from(written, size);
            base::piece_apart piece;
            piece.position = b.transport->write_buffer().size();
            piece.bytes = base::shared_bytes::copy_of(bytes);
            b.transport->write_apart(std::move(piece));
            b.transport->write_appended();
            written += size;
        };
        write(100);
        write_apart(16'384);
        write(7);
        write_apart(3'000'000);
        write_apart(20'000);
        write(50'000);
        // More pieces than one system call takes.
        for (int i = 0; i < 100; ++i) {
            write_apart(1'000);
            write(1);
        }
        seen seen;
        start(b.context, read(*b.peer, written, seen));
        b.until([&] { return seen.bytes == written; });
        CHECK(!seen.wrong);
        CHECK(b.writes == 1);
        write(10);
        start(b.context, read(*b.peer, written, seen));
        b.until([&] { return seen.bytes == written; });
        CHECK(!seen.wrong);
        CHECK(b.writes == 2);
        b.transport->abort();
        b.until_lost();
    });
}

TEST_CASE(
    "X24 B5 over sockets: close writes everything that is queued to a peer that reads slowly, "
    "and no time has to pass") {
    for_each_wire([](wire how, const std::string& name) {
        INFO(name);
        bridged b(how);
        b.transport->write(bytes_from(0, 4'000'000));
        b.transport->close();
        b.poll();
        CHECK(!b.protocol.is_lost());
        seen seen;
        start(b.context, read_and_answer_goodbye(*b.peer, seen));
        b.until([&] { return seen.ended && b.protocol.is_lost(); });
        CHECK(seen.bytes == 4'000'000);
        CHECK(!seen.wrong);
        CHECK(!seen.failure.has_value());
        CHECK(b.protocol.told() == "made pause resume lost");
        CHECK(!b.protocol.lost.has_value());
    });
}

TEST_CASE("D8 X24 over sockets: a peer that hears close_notify and never answers it holds the "
          "descriptor for one second") {
    for_each_wire([](wire how, const std::string& name) {
        if (how == wire::plain)
            return;
        INFO(name);
        bridged b(how);
        b.transport->close();
        seen seen;
        start(b.context, read(*b.peer, everything, seen));
        b.until([&] { return seen.ended; });
        CHECK(!seen.failure.has_value()); // heard, and not answered
        b.poll();
        const auto open = descriptors();
        b.clock.advance(std::chrono::milliseconds(999));
        b.poll();
        CHECK(b.protocol.told() == "made");
        CHECK(descriptors() == open);
        b.clock.advance(std::chrono::milliseconds(1));
        b.until_lost();
        CHECK(descriptors() == open - 1);
        CHECK(b.protocol.told() == "made lost");
        CHECK(!b.protocol.lost.has_value());
    });
}

TEST_CASE(
    "D8 X24 over sockets: a peer that does not read holds a closing connection for one second") {
    for_each_wire([](wire how, const std::string& name) {
        INFO(name);
        bridged b(how);
        b.transport->write(bytes_from(0, 4'000'000));
        b.poll();
        b.transport->close();
        b.poll();
        const auto open = descriptors();
        b.clock.advance(std::chrono::milliseconds(999));
        b.poll();
        CHECK(!b.protocol.is_lost());
        CHECK(descriptors() == open);
        b.clock.advance(std::chrono::milliseconds(1));
        b.until_lost();
        CHECK(descriptors() == open - 1);
        CHECK(b.protocol.told() == "made pause lost");
    });
}

TEST_CASE("B3 T over sockets: a peer that goes away while much is queued ends the connection once, "
          "with the error") {
    for_each_wire([](wire how, const std::string& name) {
        INFO(name);
        bridged b(how);
        b.transport->write(bytes_from(0, 4'000'000));
        b.poll();
        b.peer->close(); // with bytes unread: a reset
        b.until_lost();
        // The reset belongs to the write or to the read, whichever the kernel tells first; a read
        // that comes second sees an end in good order.
        const auto told = b.protocol.told();
        INFO(told);
        CHECK((told == "made pause lost" || told == "made pause eof lost"));
        REQUIRE(b.protocol.lost.has_value());
        INFO(std::string(b.protocol.lost->what()));
        CHECK(b.protocol.lost->is(errc::connection_lost));
        CHECK(b.transport->write_buffer_size() == 0);
    });
}
