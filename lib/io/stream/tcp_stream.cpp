#include "io/stream/tcp_stream.hpp"

#include "io/stream/counted_transfer.hpp"
#include "io/stream/deferred_tuple.hpp"
#include "io/stream/io_error.hpp"
#include "io/stream/repeated_read.hpp"
#include "io/stream/tcp_progress.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <cstring>
#include <optional>
#include <sstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>
#include <vector>

namespace cocql::io {

namespace asio = boost::asio;

namespace {

std::string text_of(const asio::ip::tcp::endpoint& address) {
    std::ostringstream out;
    out << address;
    return out.str();
}

/// Of the other end's UNIX socket; nothing: it is none. Asio's endpoint has no room for it.
std::optional<std::string> path_of_peer(asio::ip::tcp::socket& socket) {
    sockaddr_un peer{};
    socklen_t length = sizeof peer;
    if (::getpeername(socket.native_handle(), reinterpret_cast<sockaddr*>(&peer), &length) != 0 ||
        peer.sun_family != AF_UNIX)
        return std::nullopt;
    return std::string(peer.sun_path, ::strnlen(peer.sun_path, sizeof peer.sun_path));
}

} // namespace

void describe_addresses(asio::ip::tcp::socket& socket, peer_info& peer) {
    if (auto path = path_of_peer(socket)) {
        peer.address = std::move(*path);
        return;
    }
    boost::system::error_code failed;
    if (const auto remote = socket.remote_endpoint(failed); !failed)
        peer.address = text_of(remote);
    if (const auto local = socket.local_endpoint(failed); !failed)
        peer.local_address = text_of(local);
}

std::size_t write_at_once(asio::ip::tcp::socket& socket, std::span<const std::byte> from,
                          boost::system::error_code& code) {
    // Asio's own write_some() waits unless the socket was made non-blocking by its user.
    if (!socket.non_blocking() && socket.non_blocking(true, code)) [[unlikely]]
        return 0;
    const auto count = socket.write_some(asio::buffer(from.data(), from.size()), code);
    // To compare it with another costs some 50 instructions.
    if (code && code == asio::error::would_block) [[unlikely]]
        code.clear();
    return count;
}

base::send_progress progress_of(asio::ip::tcp::socket& socket, std::uint64_t given) {
    const auto told = tcp_progress(socket.native_handle());
    return told ? *told : base::send_progress{given, given};
}

tcp_stream::tcp_stream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
    describe_addresses(socket_, peer_);
}

asio::awaitable<result<std::size_t>> tcp_stream::read_some(std::span<std::byte> into) {
    if (operations_.is_cancelled())
        co_return io_error("reading from the socket", asio::error::operation_aborted);
    const pending_operations::guard guard(operations_);
    auto [code, count] =
        co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), deferred_tuple);
    if (!code) [[likely]]
        co_return count;
    if (code == asio::error::eof)
        co_return std::size_t{0};
    co_return io_error("reading from the socket", code);
}

asio::awaitable<result<bool>> tcp_stream::read_on(byte_receiver& receiver) {
    if (operations_.is_cancelled())
        co_return io_error("reading from the socket", asio::error::operation_aborted);
    const pending_operations::guard guard(operations_);
    boost::system::error_code failed;
    auto step = [&](const boost::system::error_code& code,
                    std::size_t count) -> std::span<std::byte> {
        if (code) [[unlikely]] {
            failed = code;
            return {};
        }
        const auto next = [&] {
            const pending_operations::at_receiver meanwhile(operations_);
            return receiver.received(count);
        }();
        if (operations_.is_cancelled() && !next.empty()) [[unlikely]] {
            failed = asio::error::operation_aborted;
            return {};
        }
        return next;
    };
    repeated_read reads(socket_, step);
    co_await reads.run(receiver.room());
    reads.rethrow();
    if (failed == asio::error::eof)
        co_return false;
    if (failed)
        co_return io_error("reading from the socket", failed);
    co_return true;
}

// In line with what it calls: turns of the loop end with it, and after a wait everything is cold.
[[gnu::flatten]] result<bool> tcp_stream::write_at_once(std::span<const std::byte>& from) {
    if (operations_.is_cancelled())
        return io_error("writing to the socket", asio::error::operation_aborted);
    boost::system::error_code failed;
    from = from.subspan(io::write_at_once(socket_, from, failed));
    if (failed) [[unlikely]]
        return io_error("writing to the socket", failed);
    return from.empty();
}

asio::awaitable<result<void>> tcp_stream::write(std::span<const std::byte> from) {
    if (operations_.is_cancelled())
        co_return io_error("writing to the socket", asio::error::operation_aborted);
    const pending_operations::guard guard(operations_);
    auto [code, count] = co_await asio::async_write(socket_, asio::buffer(from.data(), from.size()),
                                                    counted_transfer(given_), deferred_tuple);
    static_cast<void>(count);
    if (code)
        co_return io_error("writing to the socket", code);
    co_return result<void>();
}

asio::awaitable<result<void>>
tcp_stream::write_all(std::span<const std::span<const std::byte>> parts) {
    if (operations_.is_cancelled())
        co_return io_error("writing to the socket", asio::error::operation_aborted);
    const pending_operations::guard guard(operations_);
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(parts.size());
    for (const auto part : parts)
        buffers.emplace_back(part.data(), part.size());
    auto [code, count] =
        co_await asio::async_write(socket_, buffers, counted_transfer(given_), deferred_tuple);
    static_cast<void>(count);
    if (code)
        co_return io_error("writing to the socket", code);
    co_return result<void>();
}

base::send_progress tcp_stream::progress() {
    return progress_of(socket_, given_);
}

asio::awaitable<void> tcp_stream::shutdown() {
    // Our FIN is the goodbye. A peer that is gone already makes it fail, which changes nothing.
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    co_return;
}

void tcp_stream::cancel() {
    operations_.cancel();
}

void tcp_stream::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

} // namespace cocql::io
