#pragma once

#include "session.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace cocqlsh {

/// SHOW REPLICAS: prints the addresses of the nodes that keep what has this token in the keyspace,
/// as Python prints a list. Where tables are kept in tablets, each has replicas of its own: a line
/// for each table.
///
/// `keyspace` as the server writes it, without quotes.
boost::asio::awaitable<cocql::result<void>> show_replicas(session& where, std::string token_text,
                                                          std::string keyspace);

} // namespace cocqlsh
