#pragma once

#include "io/bridge/clock.hpp"
#include "io/connect/interruption.hpp"

#include <cocql/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace cocql::io {

/// Connects to the UNIX socket at a path that endpoint::has_valid_host() has found fit. Where its
/// server has not yet accepted as many as it lets wait, the system refuses at once, and it is
/// tried again until it takes us or is stopped. Asio's own connect cannot be had for that: it takes
/// the refusal for a connection under way, finds no error at the socket, and calls it connected.
///
/// All is borrowed until it returns.
boost::asio::awaitable<result<boost::asio::ip::tcp::socket>>
connect_to_unix_socket(const std::string& path, clock& clock, interruption& stop);

} // namespace cocql::io
