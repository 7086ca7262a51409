#pragma once

#include "io/connect/interruption.hpp"

#include <cocql/endpoint.hpp>
#include <cocql/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <vector>

namespace cocql::io {

/// The addresses of an endpoint, in the system's order. IP literals never touch the resolver.
///
/// A look-up that the system has begun cannot be cancelled. An interruption ends the wait at once;
/// the look-up goes on alone until the system answers and its result is dropped. Destroying the
/// io_context lasts until then: Asio joins the thread that looks up.
boost::asio::awaitable<result<std::vector<boost::asio::ip::tcp::endpoint>>>
resolve(const endpoint& where, interruption& stop);

} // namespace cocql::io
