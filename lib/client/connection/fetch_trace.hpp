#pragma once

#include <cocql/connection.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace cocql::client {

/// See connection::fetch_trace().
boost::asio::awaitable<trace> fetch_trace(connection from, uuid id,
                                          std::chrono::milliseconds patience);

} // namespace cocql::client
