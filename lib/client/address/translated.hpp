#pragma once

#include "core/base/time.hpp"
#include "io/bridge/clock.hpp"

#include <cocql/address_translator.hpp>
#include <cocql/result.hpp>

#include <boost/asio/awaitable.hpp>

namespace cocql::client {

/// Where the application says that the node is to be connected to. What it throws is an error of
/// this attempt; at the deadline it is cancelled.
boost::asio::awaitable<result<endpoint>> translated(const address_translator& how, host_info node,
                                                    io::clock& clock, base::time_point deadline);

} // namespace cocql::client
