#include "testing/memory_pipe.hpp"

#include "io/stream/io_error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/query.hpp>

namespace cocql::testing {

namespace asio = boost::asio;
using io::io_error;

namespace {

// As a socket's errors read.
constexpr const char* reading = "reading from the socket";
constexpr const char* writing = "writing to the socket";

} // namespace

memory_pipe::ends memory_pipe::connected(const asio::any_io_executor& client,
                                         std::string client_address,
                                         const asio::any_io_executor& server,
                                         std::string server_address) {
    auto wire = std::make_shared<memory_wire>(client, server);
    peer_info of_client;
    of_client.address = server_address;
    of_client.local_address = client_address;
    peer_info of_server;
    of_server.address = std::move(client_address);
    of_server.local_address = std::move(server_address);
    ends made;
    made.client.reset(new memory_pipe(client, wire, true, std::move(of_client)));
    made.server.reset(new memory_pipe(server, wire, false, std::move(of_server)));
    made.between = wire;
    return made;
}

memory_pipe::memory_pipe(asio::any_io_executor executor, std::shared_ptr<memory_wire> wire,
                         bool is_client, peer_info peer)
    : executor_(std::move(executor)),
      wire_(std::move(wire)),
      out_(is_client ? wire_->to_server : wire_->to_client),
      in_(is_client ? wire_->to_client : wire_->to_server),
      peer_(std::move(peer)) {
    join(asio::query(executor_, asio::execution::context));
}

memory_pipe::~memory_pipe() {
    leave();
    close();
}

void memory_pipe::context_destroyed() noexcept {
    const auto reader = in_.arrived.take();
    const auto writer = out_.room.take();
}

asio::awaitable<result<std::size_t>> memory_pipe::read_some(std::span<std::byte> into) {
    for (;;) {
        if (cancelled_ || closed_)
            co_return io_error(reading, asio::error::operation_aborted);
        if (!wire_->is_held()) {
            if (wire_->is_reset())
                co_return io_error(reading, asio::error::connection_reset);
            if (const auto count = in_.take(into); count != 0) {
                in_.room.notify();
                co_return count;
            }
            if (in_.ended)
                co_return std::size_t{0};
        }
        co_await in_.arrived.wait();
    }
}

result<bool> memory_pipe::write_at_once(std::span<const std::byte>& from) {
    if (cancelled_ || closed_)
        return io_error(writing, asio::error::operation_aborted);
    if (!wire_->is_held()) {
        if (wire_->is_reset())
            return io_error(writing, asio::error::connection_reset);
        if (out_.refused || out_.ended)
            return io_error(writing, asio::error::broken_pipe);
    }
    from = from.subspan(out_.put(from));
    if (!wire_->is_held())
        out_.arrived.notify();
    return from.empty();
}

asio::awaitable<result<void>> memory_pipe::write(std::span<const std::byte> from) {
    for (;;) {
        const auto written = write_at_once(from);
        if (!written)
            co_return written.error();
        if (*written)
            co_return result<void>();
        co_await out_.room.wait();
    }
}

base::send_progress memory_pipe::progress() {
    return {out_.given, wire_->acknowledged(out_)};
}

asio::awaitable<void> memory_pipe::shutdown() {
    end_writing();
    co_return;
}

void memory_pipe::end_writing() {
    out_.ended = true;
    if (!wire_->is_held())
        out_.arrived.notify();
}

void memory_pipe::cancel() {
    cancelled_ = true;
    wake_own();
}

void memory_pipe::close() {
    if (closed_)
        return;
    closed_ = true;
    end_writing();
    in_.refused = true;
    if (!wire_->is_held())
        in_.room.notify();
    wake_own();
}

void memory_pipe::wake_own() {
    in_.arrived.notify();
    out_.room.notify();
}

} // namespace cocql::testing
