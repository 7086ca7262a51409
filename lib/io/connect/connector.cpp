#include "io/connect/connector.hpp"

#include "io/connect/address_race.hpp"
#include "io/connect/alarm.hpp"
#include "io/connect/resolver.hpp"
#include "io/connect/unix_connector.hpp"
#include "io/stream/tcp_stream.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace cocql::io {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

error not_connected(std::vector<error> attempts) {
    const auto code = attempts.front().system_code();
    error failure(errc::connect_failed, attempts.size() == 1
                                            ? "cannot connect: " + code.message()
                                            : "cannot connect to any of " +
                                                  std::to_string(attempts.size()) + " addresses");
    failure.with(code).with_advice("check the address and the port, and that the server runs");
    if (attempts.size() > 1)
        failure.with_attempts(std::move(attempts));
    return failure;
}

/// Where it took too long, what has come of each address.
error stopped(error why, std::vector<error> attempts) {
    if (why.is(errc::timed_out) && attempts.size() > 1)
        why.with_attempts(std::move(attempts));
    return why;
}

asio::awaitable<result<tcp::socket>> connect_any(std::vector<tcp::endpoint> addresses,
                                                 std::uint16_t local_port, clock& clock,
                                                 interruption& stop) {
    address_race::outcome outcome;
    auto race = std::make_shared<address_race>(co_await asio::this_coro::executor, clock,
                                               std::move(addresses), local_port, outcome);
    const interruption::guard guard(stop, [under_way = std::weak_ptr(race)] {
        if (const auto race = under_way.lock())
            race->give_up();
    });
    if (stop.why())
        co_return *stop.why();
    auto begin = [&race](auto&& handler) {
        const auto begun = std::move(race); // which is not for us to keep
        begun->begin(std::move(handler));
    };
    co_await asio::async_initiate<const asio::deferred_t&, void()>(begin, asio::deferred);
    if (stop.why())
        co_return stopped(*stop.why(), std::move(outcome.attempts));
    if (!outcome.socket)
        co_return not_connected(std::move(outcome.attempts));
    // What cannot be set shows with the first byte that is sent.
    boost::system::error_code ignored;
    outcome.socket->set_option(tcp::no_delay(true), ignored);
    outcome.socket->set_option(asio::socket_base::keep_alive(true), ignored);
    co_return std::move(*outcome.socket);
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

asio::awaitable<result<std::unique_ptr<byte_stream>>>
connect_by_path(const endpoint& where, clock& clock, budget& budget, interruption& stop) {
    if (!where.has_valid_host())
        co_return error(errc::invalid_argument, "no UNIX socket can have this path");
    budget.phases().enter(phase::tcp_connect, clock.now());
    auto socket = co_await connect_to_unix_socket(where.host(), clock, stop);
    if (!socket)
        co_return socket.error();
    co_return std::unique_ptr<byte_stream>(std::make_unique<tcp_stream>(std::move(*socket)));
}

asio::awaitable<result<std::unique_ptr<byte_stream>>>
connect_by_tcp(const endpoint& where, const tls_client_settings* tls, clock& clock, budget& budget,
               interruption& stop, connector_settings settings) {
    budget.phases().enter(phase::resolve, clock.now());
    auto addresses = co_await resolve(where, stop, std::move(settings.names));
    if (!addresses)
        co_return addresses.error();
    budget.phases().enter(phase::tcp_connect, clock.now());
    auto socket = co_await connect_any(std::move(*addresses), settings.local_port, clock, stop);
    if (!socket)
        co_return socket.error();
    if (tls == nullptr)
        co_return std::unique_ptr<byte_stream>(std::make_unique<tcp_stream>(std::move(*socket)));
    budget.phases().enter(phase::tls_handshake, clock.now());
    co_return co_await start_tls(std::move(*socket), *tls, stop);
}

} // namespace

// Small coroutines rather than one: Asio gives their frames to the next ones, which are those that
// a connection keeps, whatever these need.
asio::awaitable<result<std::unique_ptr<byte_stream>>>
connect(const endpoint& where, const tls_client_settings* tls, clock& clock, budget& budget,
        interruption& stop, connector_settings settings) {
    const auto executor = co_await asio::this_coro::executor;
    const alarm deadline(clock, executor, budget.deadline(),
                         [&] { stop.interrupt(budget.phases().timed_out(clock.now())); });
    auto connecting = where.is_unix_socket()
                          ? connect_by_path(where, clock, budget, stop)
                          : connect_by_tcp(where, tls, clock, budget, stop, std::move(settings));
    co_return co_await std::move(connecting);
}

} // namespace cocql::io
