#pragma once

#include "io/stream/tcp_stream.hpp"
#include "io/stream/tls_stream.hpp"
#include "run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <span>
#include <string>
#include <utility>

namespace cocql::tests {

inline io::tls_context::server_settings server_of(const std::string& name, tls_version version) {
    io::tls_context::server_settings settings;
    settings.certificate_file = certificate(name + ".pem");
    settings.key_file = certificate(name + ".key");
    settings.minimum = settings.maximum = version;
    return settings;
}

class pair_of_streams {
  public:
    std::unique_ptr<io::tls_stream> client;
    std::unique_ptr<io::tls_stream> server;
    result<void> client_shaken = {};
    result<void> server_shaken = {};
};

inline boost::asio::awaitable<void> shake_server(pair_of_streams& pair, bool& done) {
    pair.server_shaken = co_await pair.server->handshake();
    done = true;
}

/// Connects both ends over loopback and shakes hands.
inline boost::asio::awaitable<void> connect(boost::asio::io_context& context,
                                            const io::tls_context::server_settings& server,
                                            const tls_options& options, std::string host,
                                            pair_of_streams& pair) {
    boost::asio::ip::tcp::acceptor acceptor(
        context, boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    boost::asio::ip::tcp::socket client(context);
    client.connect(acceptor.local_endpoint());
    auto accepted = acceptor.accept();
    auto prepared = io::tls_client_settings::prepare(options, host);
    REQUIRE_MESSAGE(prepared.has_value(), std::string(prepared.error().what()));
    pair.client = io::tls_stream::client(std::move(client), *prepared).value();
    pair.server =
        io::tls_stream::server(std::move(accepted), io::tls_context::for_server(server).value())
            .value();
    bool server_done = false;
    start(context, shake_server(pair, server_done));
    pair.client_shaken = co_await pair.client->handshake();
    if (!pair.client_shaken)
        pair.client->end_writing();
    while (!server_done)
        co_await boost::asio::post(context, boost::asio::use_awaitable);
}

inline tls_options trusting(tls_version version) {
    tls_options options;
    options.ca_file(certificate("ca.pem")).minimum_version(version).maximum_version(version);
    return options;
}

/// As the transport writes: at once, and by a coroutine what is left. Tells how much that was.
inline boost::asio::awaitable<result<std::size_t>> write_in_two(io::byte_stream& stream,
                                                                std::span<const std::byte> all) {
    auto rest = all;
    auto done = stream.write_at_once(rest);
    if (!done)
        co_return done.error();
    const auto left = rest.size();
    if (!*done) {
        auto written = co_await stream.write(rest);
        if (!written)
            co_return written.error();
    }
    co_return left;
}

/// Two plain streams over loopback.
class plain_pair {
  public:
    explicit plain_pair(boost::asio::io_context& context) : server(context) {
        using boost::asio::ip::tcp;
        tcp::acceptor acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
        tcp::socket socket(context);
        socket.connect(acceptor.local_endpoint());
        client = std::make_unique<io::tcp_stream>(std::move(socket));
        acceptor.accept(server);
    }
    std::unique_ptr<io::tcp_stream> client;
    boost::asio::ip::tcp::socket server;
};

} // namespace cocql::tests
