#pragma once

#include "testing/node_listener.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>

namespace cocql::testing {

/// Listens at a TCP port, or at a UNIX socket, whose file goes with it.
class socket_listener final : public node_listener {
  public:
    using taker = std::function<void(boost::asio::ip::tcp::socket)>;

    /// At an IP address, or at a path. Listens at once; throws boost::system::system_error when it
    /// cannot.
    socket_listener(boost::asio::io_context& context, std::string address, std::uint16_t port);

    /// Gives the taker what comes, until it is closed. Once. What it returns may outlive the
    /// listener, and then keeps what belongs to the io_context.
    boost::asio::awaitable<void> accept(taker by);

    std::uint16_t port() const noexcept override { return port_; }
    void close() override;

  private:
    using acceptor = boost::asio::ip::tcp::acceptor;

    static boost::asio::awaitable<void> accept(std::shared_ptr<acceptor> from, taker by);
    std::shared_ptr<acceptor> at_address(boost::asio::io_context& context, std::uint16_t port);
    std::shared_ptr<acceptor> at_path(boost::asio::io_context& context);

    const std::string address_;
    const bool is_at_path_;
    std::shared_ptr<acceptor> made_; ///< until accept()
    std::weak_ptr<acceptor> acceptor_;
    std::uint16_t port_ = 0;
    bool closed_ = false;
};

} // namespace cocql::testing
