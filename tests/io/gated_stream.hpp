#pragma once

#include "io/bridge/stream_transport.hpp"
#include "io/recording_protocol.hpp"
#include "run.hpp"
#include "testing/manual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace cocql::tests {

namespace asio = boost::asio;

/// A stream whose writes last until the test lets them go.
class gated_stream final : public io::byte_stream {
  public:
    explicit gated_stream(asio::any_io_executor executor)
        : executor_(std::move(executor)), gate_(executor_), data_(executor_) {}
    asio::awaitable<result<std::size_t>> read_some(std::span<std::byte> into) override {
        rooms.push_back(into.size());
        while (!ended_ && !read_outcome_ && given_ == 0)
            co_await data_.wait();
        if (given_ != 0)
            co_return std::exchange(given_, 0);
        if (read_outcome_)
            co_return *read_outcome_;
        co_return error(errc::cancelled, "cancelled");
    }
    asio::awaitable<result<void>> write(std::span<const std::byte> from) override {
        sizes.push_back(from.size());
        places.push_back(from.data());
        while (allowed_ == 0 && !ended_)
            co_await gate_.wait();
        if (ended_)
            co_return error(errc::cancelled, "cancelled");
        --allowed_;
        if (write_failure)
            co_return *write_failure;
        co_return result<void>();
    }
    asio::awaitable<void> shutdown() override {
        ++shutdowns;
        while (mute && !closed)
            co_await gate_.wait();
    }
    void cancel() override {
        ended_ = true;
        data_.notify();
        gate_.notify();
    }
    void close() override {
        closed = true;
        cancel();
    }
    const peer_info& peer() const noexcept override { return peer_; }
    asio::any_io_executor get_executor() override {
        if (std::exchange(no_memory, false))
            throw std::bad_alloc();
        return executor_;
    }
    void allow_one() {
        ++allowed_;
        gate_.notify();
    }

    void rest() override { ++rests; }

    /// So many bytes are read.
    void give(std::size_t count) {
        given_ = count;
        data_.notify();
    }
    /// The pending read ends so: with an error, or with the end of the stream.
    void end_read(result<std::size_t> outcome) {
        read_outcome_ = std::move(outcome);
        data_.notify();
    }

    std::optional<error> write_failure;
    std::vector<std::size_t> sizes;
    std::vector<std::size_t> rooms; ///< of the reads
    int rests = 0;
    std::vector<const std::byte*> places;
    int shutdowns = 0;
    bool mute = false;
    bool closed = false;
    bool no_memory = false; ///< for the next thing that is to get under way

  private:
    asio::any_io_executor executor_;
    io::signal_event gate_;
    io::signal_event data_;
    std::optional<result<std::size_t>> read_outcome_;
    std::size_t allowed_ = 0;
    std::size_t given_ = 0;
    bool ended_ = false;
    peer_info peer_;
};

class bridge {
  public:
    bridge()
        : stream(new gated_stream(context.get_executor())),
          transport(std::unique_ptr<io::byte_stream>(stream), protocol, clock, turn) {
        start(context, transport.run());
        settle();
    }
    void settle() {
        context.restart();
        while (context.poll() != 0) {
        }
    }
    asio::io_context context{1};
    testing::manual_clock clock;
    recording_protocol protocol;
    gated_stream* stream;
    io::turn turn;
    io::stream_transport transport;
};

/// Runs a transport to its end, as its owner does: it is destroyed as soon as run() is over.
class owned_bridge {
  public:
    explicit owned_bridge(io::clock& clock) : clock(clock) {}
    void begin() {
        auto made = std::make_unique<gated_stream>(context.get_executor());
        stream = made.get();
        transport = std::make_unique<io::stream_transport>(std::move(made), protocol, clock, turn);
        asio::co_spawn(context, live(), [this](std::exception_ptr why) {
            over = true;
            thrown = why != nullptr;
            transport.reset();
        });
        settle();
    }
    /// As a connection, which has waited for its stream: its end is heard of at once.
    asio::awaitable<void> live() {
        co_await asio::post(asio::use_awaitable);
        co_await transport->run();
    }
    void settle() {
        context.restart();
        while (context.poll() != 0) {
        }
    }
    asio::io_context context{1};
    io::clock& clock;
    recording_protocol protocol;
    io::turn turn;
    gated_stream* stream = nullptr;
    std::unique_ptr<io::stream_transport> transport;
    bool over = false;
    bool thrown = false;
};

inline const std::vector<std::byte> kilobyte(1024);

} // namespace cocql::tests
