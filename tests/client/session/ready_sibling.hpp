#pragma once

#include "cluster.hpp"

#include <cocql/session.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/strand.hpp>

#include <utility>

namespace cocql::tests {

/// A sibling that has all its connections.
inline boost::asio::awaitable<session> sibling_of(session app, boost::asio::any_io_executor where) {
    auto made = co_await app.on(where);
    co_await made.ready();
    co_return made;
}

/// The same, on another executor of the same thread.
inline boost::asio::awaitable<session> sibling_beside(session_cluster& cluster, session app) {
    auto making = sibling_of(std::move(app), boost::asio::make_strand(cluster.context));
    co_return co_await std::move(making);
}

} // namespace cocql::tests
