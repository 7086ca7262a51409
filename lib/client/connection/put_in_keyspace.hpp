#pragma once

#include "client/connection/implementation.hpp"
#include "core/base/time.hpp"

#include <cocql/result.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace cocql::client {

/// Has a connection that takes requests go to a keyspace, by its name as it is, before this moment.
/// Where that is an error it may be in the one or the other.
boost::asio::awaitable<result<void>> put_in_keyspace(std::shared_ptr<implementation> which,
                                                     std::string name, base::time_point until);

} // namespace cocql::client
