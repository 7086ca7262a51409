#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

namespace cocql::io {

/// Awaits a socket's operation for its error and its result. Not use_awaitable, which makes a
/// coroutine of every operation.
inline constexpr auto deferred_tuple = boost::asio::as_tuple(boost::asio::deferred);

} // namespace cocql::io
