#pragma once

#include "io/connect/surroundings.hpp"
#include "io/stream/tls_tickets.hpp"

#include <cocql/connection.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace cocql::client {

/// Opens a connection of a session's, by what the session has prepared of TLS.
class prepared_opening {
  public:
    /// As connection::open(). `tls` is null where the options say nothing of TLS.
    static boost::asio::awaitable<connection> open(endpoint where, connection_options options,
                                                   std::shared_ptr<io::tls_tickets> tls,
                                                   io::surroundings surroundings);
};

} // namespace cocql::client
