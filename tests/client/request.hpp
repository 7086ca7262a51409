#pragma once

#include "client/connection/request_operation.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace cocql::tests {

/// What a frame left behind: its header, and its body to keep.
struct received_frame {
    wire::frame_header header;
    base::shared_bytes body;
};

/// A request beneath the public interface, of any message; on the connection's executor.
inline boost::asio::awaitable<result<received_frame>>
send(std::shared_ptr<client::implementation> connection, const message::request& message,
     const statement_options& options) {
    client::request_operation operation(*connection, message, &options);
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(
        [&](auto handler) { operation.begin(std::move(handler)); }, boost::asio::use_awaitable);
    if (operation.failure())
        co_return *operation.failure();
    auto& frame = *operation.frame();
    co_return received_frame{frame.header(), frame.take()};
}

} // namespace cocql::tests
