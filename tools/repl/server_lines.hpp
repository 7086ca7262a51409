#pragma once

#include "session.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace cocqlsh {

/// SHOW HOST: where we are connected.
boost::asio::awaitable<cocql::result<std::string>> host_line(session& where);
/// SHOW VERSION: `[cocqlsh x | Cassandra y | …]`
boost::asio::awaitable<cocql::result<std::string>> version_line(session& where);

} // namespace cocqlsh
