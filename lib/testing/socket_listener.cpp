#include "testing/socket_listener.hpp"

#include "testing/as_tuple.hpp"

#include <cocql/endpoint.hpp>

#include <boost/asio/local/stream_protocol.hpp>

#include <cstdio>
#include <utility>

namespace cocql::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

socket_listener::socket_listener(asio::io_context& context, std::string address, std::uint16_t port)
    : address_(std::move(address)),
      is_at_path_(endpoint(address_, port).is_unix_socket()),
      made_(is_at_path_ ? at_path(context) : at_address(context, port)),
      acceptor_(made_) {
    if (!is_at_path_)
        port_ = made_->local_endpoint().port();
}

std::shared_ptr<socket_listener::acceptor> socket_listener::at_address(asio::io_context& context,
                                                                       std::uint16_t port) {
    return std::make_shared<acceptor>(context,
                                      tcp::endpoint(asio::ip::make_address(address_), port));
}

/// By a descriptor that Asio takes for TCP's: what comes of it is read and written the same way.
std::shared_ptr<socket_listener::acceptor> socket_listener::at_path(asio::io_context& context) {
    using asio::local::stream_protocol;
    stream_protocol::acceptor bound(context, stream_protocol::endpoint(address_));
    auto listener = std::make_shared<acceptor>(context);
    listener->assign(tcp::v4(), bound.release());
    return listener;
}

asio::awaitable<void> socket_listener::accept(taker by) {
    return accept(std::move(made_), std::move(by));
}

asio::awaitable<void> socket_listener::accept(std::shared_ptr<acceptor> from, taker by) {
    for (;;) {
        auto [failed, socket] = co_await from->async_accept(as_tuple);
        if (failed)
            co_return;
        by(std::move(socket));
    }
}

void socket_listener::close() {
    if (std::exchange(closed_, true))
        return;
    if (is_at_path_)
        static_cast<void>(std::remove(address_.c_str()));
    boost::system::error_code ignored;
    if (const auto acceptor = acceptor_.lock())
        acceptor->close(ignored);
}

} // namespace cocql::testing
