#include "io/connect/connector.hpp"

#include "io/connect/alarm.hpp"
#include "io/connect/resolver.hpp"
#include "io/stream/io_error.hpp"
#include "io/stream/tcp_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sstream>
#include <utility>

namespace cocql::io {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

std::string text_of(const tcp::endpoint& address) {
    std::ostringstream out;
    out << address;
    return out.str();
}

void close(tcp::socket& socket) {
    boost::system::error_code ignored;
    socket.close(ignored);
}

error refused(const tcp::endpoint& address, boost::system::error_code why) {
    return error(errc::connect_failed, text_of(address) + ": " + why.message()).with(why);
}

/// Tries one address after the other.
asio::awaitable<result<tcp::socket>> connect_any(const std::vector<tcp::endpoint>& addresses,
                                                 clock& clock, budget& budget, interruption& stop) {
    const auto executor = co_await asio::this_coro::executor;
    std::vector<error> attempts;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        tcp::socket socket(executor);
        const interruption::guard guard(stop, [&socket] { close(socket); });
        bool share_used_up = false;
        boost::system::error_code code;
        if (stop.why())
            co_return *stop.why();
        socket.open(addresses[i].protocol(), code);
        if (!code) {
            const auto left = addresses.size() - i;
            const alarm share(clock, executor,
                              left > 1 ? budget.share(clock.now(), left) : base::never, [&] {
                                  share_used_up = true;
                                  close(socket);
                              });
            auto [connected] = co_await socket.async_connect(addresses[i], as_tuple);
            // On a strand the connection may have come about while the alarm was already waiting
            // for its turn, which then closed the socket.
            code = connected;
            if (share_used_up)
                code = asio::error::timed_out;
        }
        if (stop.why())
            co_return *stop.why();
        if (!code) {
            socket.set_option(tcp::no_delay(true), code);
            socket.set_option(asio::socket_base::keep_alive(true), code);
            co_return std::move(socket);
        }
        attempts.push_back(refused(addresses[i], code));
    }
    if (attempts.size() == 1)
        co_return error(errc::connect_failed,
                        "cannot connect: " + attempts[0].system_code().message())
            .with(attempts[0].system_code())
            .with_advice("check the address and the port, and that the server runs");
    error failure(errc::connect_failed,
                  "cannot connect to any of " + std::to_string(attempts.size()) + " addresses");
    failure.with(attempts.front().system_code())
        .with_advice("check the address and the port, and that the server runs");
    co_return failure.with_attempts(std::move(attempts));
}

asio::awaitable<result<std::unique_ptr<byte_stream>>>
start_tls(tcp::socket socket, const tls_client_settings& settings, interruption& stop) {
    auto made = tls_stream::client(std::move(socket), settings);
    if (!made)
        co_return made.error();
    auto stream = std::move(*made);
    result<void> shaken = {};
    {
        const interruption::guard guard(stop, [&stream] { stream->close(); });
        shaken = co_await stream->handshake();
    }
    if (stop.why())
        co_return *stop.why();
    if (!shaken) {
        // Half-close and leave: an alert we sent must not be overtaken by a reset.
        stream->end_writing();
        co_return shaken.error();
    }
    co_return std::unique_ptr<byte_stream>(std::move(stream));
}

} // namespace

asio::awaitable<result<std::unique_ptr<byte_stream>>>
connect(const endpoint& where, const tls_client_settings* tls, clock& clock, budget& budget,
        interruption& stop, resolver_settings names) {
    const auto executor = co_await asio::this_coro::executor;
    const alarm deadline(clock, executor, budget.deadline(),
                         [&] { stop.interrupt(budget.phases().timed_out(clock.now())); });
    budget.phases().enter(phase::resolve, clock.now());
    auto addresses = co_await resolve(where, stop, std::move(names));
    if (!addresses)
        co_return addresses.error();
    budget.phases().enter(phase::tcp_connect, clock.now());
    auto socket = co_await connect_any(*addresses, clock, budget, stop);
    if (!socket)
        co_return socket.error();
    if (tls == nullptr)
        co_return std::unique_ptr<byte_stream>(std::make_unique<tcp_stream>(std::move(*socket)));
    budget.phases().enter(phase::tls_handshake, clock.now());
    auto stream = co_await start_tls(std::move(*socket), *tls, stop);
    co_return stream;
}

} // namespace cocql::io
