#include "client/session/introduction.hpp"

#include "client/session/driver_config.hpp"

#include <cocql/make_uuid.hpp>

#include <cstddef>

namespace cocql::client {

namespace {

/// As drivers have agreed.
constexpr std::size_t longest_config = 32 * 1024;

} // namespace

options with_id(options how) {
    if (!how.connection().startup_options().contains("SESSION_ID"))
        how.connection().startup_option("SESSION_ID", random_uuid().to_string());
    return how;
}

void introduce(control_connection& control, const options& how, const pool_settings& pool,
               const std::function<void(const std::string& what)>& warn) {
    if (!how.driver_config())
        return;
    const auto config = driver_config(how, control.settings(), pool);
    if (config.size() <= longest_config)
        return control.say("DRIVER_CONFIG", config);
    warn("servers are not told how the session is configured (DRIVER_CONFIG): that is " +
         std::to_string(config.size()) + " bytes, and " + std::to_string(longest_config) +
         " are the most");
}

} // namespace cocql::client
