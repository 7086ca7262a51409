#pragma once

#include "client/control/candidate.hpp"
#include "io/connect/resolver_settings.hpp"
#include "io/connect/surroundings.hpp"

#include <cocql/connection_options.hpp>
#include <cocql/result.hpp>

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace cocql::client {

/// The addresses of a contact point that is a name, in the order in which to try them. By the same
/// rules, within the same time and with the same errors as a connection that is opened by the name:
/// what cannot be one is not asked for. Cancelling it ends it at once.
///
/// All is borrowed until it returns.
boost::asio::awaitable<result<std::vector<candidate>>>
look_up(candidate named, const connection_options& options, const io::resolver_settings& names,
        const io::surroundings& surroundings);

} // namespace cocql::client
