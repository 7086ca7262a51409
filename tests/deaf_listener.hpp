#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>

namespace cocql::tests {

/// An address whose queue of accepted connections is full: what comes now is dropped without a
/// word, as by a firewall, so that connecting lasts until one gives up.
class deaf_listener {
  public:
    deaf_listener(boost::asio::io_context& context, const boost::asio::ip::address& address,
                  std::uint16_t port = 0)
        : acceptor_(context), crowd_(context) {
        const boost::asio::ip::tcp::endpoint where(address, port);
        acceptor_.open(where.protocol());
        acceptor_.bind(where);
        acceptor_.listen(0);
        crowd_.connect(acceptor_.local_endpoint()); // Linux queues one more than it is asked for
    }
    /// Accepts whom it has kept waiting: there is room for one more.
    void make_room() { acceptor_.accept(); }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  private:
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::socket crowd_;
};

} // namespace cocql::tests
