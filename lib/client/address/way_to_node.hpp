#pragma once

#include <cocql/endpoint.hpp>
#include <cocql/result.hpp>
#include <cocql/uuid.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace cocql::client {

/// Where a node is connected to that says of itself that it is at this endpoint. Asked each time.
/// Empty: there.
using way_to_node =
    std::function<boost::asio::awaitable<result<endpoint>>(uuid host, endpoint where)>;

} // namespace cocql::client
