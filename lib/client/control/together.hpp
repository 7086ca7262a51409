#pragma once

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace cocql::client {

/// Awaits several coroutines at once, on the executor of whoever awaits, which must not run two
/// handlers at the same time. It returns when all are over, so that they may borrow from its
/// caller; the first exception of one leaves then. Being cancelled reaches all of them.
boost::asio::awaitable<void> together(std::vector<boost::asio::awaitable<void>> work);

} // namespace cocql::client
