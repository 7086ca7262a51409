#pragma once

#include "client/control/control_connection.hpp"
#include "client/pool/pool_settings.hpp"

#include <cocql/options.hpp>

#include <functional>
#include <string>

namespace cocql::client {

/// The options of a session with an id of its own for all its connections (SESSION_ID), by which
/// operators see which belong together, unless the application has given one.
options with_id(options how);

/// Has the control connection tell servers how the session is configured (DRIVER_CONFIG), unless
/// the options say that it is not to, or the application has said something itself. What is too
/// long for the servers' tables is left out and warned of: nothing of it may keep a session from
/// its cluster.
void introduce(control_connection& control, const options& how, const pool_settings& pool,
               const std::function<void(const std::string& what)>& warn);

} // namespace cocql::client
