#pragma once

#include <cocql/session.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace cocql::tests {

/// A sibling that has all its connections.
inline boost::asio::awaitable<session> sibling_of(session app, boost::asio::any_io_executor where) {
    auto made = co_await app.on(where);
    co_await made.ready();
    co_return made;
}

} // namespace cocql::tests
