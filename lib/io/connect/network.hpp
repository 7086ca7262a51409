#pragma once

#include "io/bridge/clock.hpp"
#include "io/connect/budget.hpp"
#include "io/connect/connector_settings.hpp"
#include "io/connect/interruption.hpp"
#include "io/connect/resolver_settings.hpp"
#include "io/stream/byte_stream.hpp"

#include <cocql/endpoint.hpp>
#include <cocql/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <vector>

namespace cocql::io {

class tls_client_settings;

/// What leads from an endpoint to a stream: sockets and name servers, or a test's own. It is asked
/// for new connections only; what is read and written of one is its stream's affair.
class network {
  public:
    virtual ~network() = default;
    /// See io::connect().
    virtual boost::asio::awaitable<result<std::unique_ptr<byte_stream>>>
    connect(const endpoint& where, const tls_client_settings* tls, io::clock& clock, budget& budget,
            interruption& stop, connector_settings settings) = 0;
    /// See io::resolve().
    virtual boost::asio::awaitable<result<std::vector<boost::asio::ip::tcp::endpoint>>>
    resolve(const endpoint& where, interruption& stop, resolver_settings settings) = 0;
};

/// The real one. Lives for the whole program.
network& real_network() noexcept;

} // namespace cocql::io
