#pragma once

#include "io/bridge/clock.hpp"
#include "io/connect/budget.hpp"
#include "io/connect/connector_settings.hpp"
#include "io/connect/interruption.hpp"
#include "io/stream/byte_stream.hpp"
#include "io/stream/tls_stream.hpp"

#include <cocql/endpoint.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace cocql::io {

/// Resolves, connects to whichever address of it answers first (address_race), and, with TLS
/// settings, shakes hands, within the budget: a stream ready for the first byte of the protocol.
/// At a UNIX socket there are no names, and `tls` is null.
/// All is borrowed until it returns; `tls` may be null.
boost::asio::awaitable<result<std::unique_ptr<byte_stream>>>
connect(const endpoint& where, const tls_client_settings* tls, clock& clock, budget& budget,
        interruption& stop, connector_settings settings = connector_settings());

} // namespace cocql::io
