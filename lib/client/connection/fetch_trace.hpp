#pragma once

#include <cocql/connection.hpp>

#include <boost/asio/awaitable.hpp>

namespace cocql::client {

/// See connection::fetch_trace().
boost::asio::awaitable<trace> fetch_trace(connection from, uuid id, time_limit patience);

} // namespace cocql::client
