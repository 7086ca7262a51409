#include <cocql/server_error.hpp>

namespace cocql {

std::string_view to_string(server_error_code code) noexcept {
    switch (code) {
    case server_error_code::server_error:
        return "Server_error";
    case server_error_code::protocol_error:
        return "Protocol_error";
    case server_error_code::authentication_error:
        return "Authentication_error";
    case server_error_code::unavailable:
        return "Unavailable";
    case server_error_code::overloaded:
        return "Overloaded";
    case server_error_code::is_bootstrapping:
        return "Is_bootstrapping";
    case server_error_code::truncate_error:
        return "Truncate_error";
    case server_error_code::write_timeout:
        return "Write_timeout";
    case server_error_code::read_timeout:
        return "Read_timeout";
    case server_error_code::read_failure:
        return "Read_failure";
    case server_error_code::function_failure:
        return "Function_failure";
    case server_error_code::write_failure:
        return "Write_failure";
    case server_error_code::cdc_write_failure:
        return "Cdc_write_failure";
    case server_error_code::cas_write_unknown:
        return "Cas_write_unknown";
    case server_error_code::syntax_error:
        return "Syntax_error";
    case server_error_code::unauthorized:
        return "Unauthorized";
    case server_error_code::invalid:
        return "Invalid";
    case server_error_code::config_error:
        return "Config_error";
    case server_error_code::already_exists:
        return "Already_exists";
    case server_error_code::unprepared:
        return "Unprepared";
    }
    return {};
}

} // namespace cocql
