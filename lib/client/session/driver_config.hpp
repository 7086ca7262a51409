#pragma once

#include "client/control/control_settings.hpp"
#include "client/pool/pool_settings.hpp"

#include <cocql/options.hpp>

#include <string>

namespace cocql::client {

/// What a session tells servers of its configuration: JSON in the form that ScyllaDB's drivers have
/// agreed on (scylladb/gocql, docs/driver-config-schema.json, version 1), valid whatever the
/// options say. What is not set or does not apply is left out. It names no users, files, hosts or
/// statements.
std::string driver_config(const options& how, const control_settings& control,
                          const pool_settings& pool);

} // namespace cocql::client
