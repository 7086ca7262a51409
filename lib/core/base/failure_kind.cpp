#include <cocql/failure_kind.hpp>

#include <variant>

namespace cocql {

namespace {

failure_kind kind_of_answer(const server_error& told) noexcept {
    switch (told.code) {
    case server_error_code::unavailable:
        return failure_kind::unavailable;
    case server_error_code::read_timeout:
    case server_error_code::write_timeout:
    case server_error_code::cas_write_unknown:
        return failure_kind::server_timed_out;
    case server_error_code::read_failure:
    case server_error_code::write_failure:
    case server_error_code::cdc_write_failure:
    case server_error_code::function_failure:
    case server_error_code::truncate_error:
    case server_error_code::server_error:
        return failure_kind::server_failed;
    case server_error_code::overloaded:
    case server_error_code::is_bootstrapping:
        return failure_kind::overloaded;
    case server_error_code::syntax_error:
    case server_error_code::unauthorized:
    case server_error_code::invalid:
    case server_error_code::config_error:
    case server_error_code::already_exists:
        return failure_kind::refused;
    case server_error_code::protocol_error:
    case server_error_code::authentication_error:
    case server_error_code::unprepared:
        break;
    }
    // ScyllaDB's code for it is agreed on at start-up.
    if (std::holds_alternative<rate_limit_details>(told.details))
        return failure_kind::overloaded;
    return failure_kind::other;
}

} // namespace

failure_kind kind_of(const error& why) noexcept {
    switch (why.code()) {
    case errc::timed_out:
        return failure_kind::timed_out;
    case errc::cancelled:
        return failure_kind::cancelled;
    case errc::connection_closed:
    case errc::connection_lost:
    case errc::connection_busy:
    case errc::connection_draining:
    case errc::heartbeat_failed:
    case errc::io_failed:
    case errc::tls_failed:
        return failure_kind::connection;
    case errc::protocol_error:
    case errc::decode_failed:
        return failure_kind::unreadable;
    case errc::server_error:
        if (const auto* const told = why.server())
            return kind_of_answer(*told);
        return failure_kind::other;
    default:
        return failure_kind::other;
    }
}

std::string_view to_string(failure_kind kind) noexcept {
    switch (kind) {
    case failure_kind::timed_out:
        return "timed_out";
    case failure_kind::cancelled:
        return "cancelled";
    case failure_kind::connection:
        return "connection";
    case failure_kind::unavailable:
        return "unavailable";
    case failure_kind::server_timed_out:
        return "server_timed_out";
    case failure_kind::server_failed:
        return "server_failed";
    case failure_kind::overloaded:
        return "overloaded";
    case failure_kind::refused:
        return "refused";
    case failure_kind::unreadable:
        return "unreadable";
    case failure_kind::other:
        return "other";
    }
    return "unknown";
}

} // namespace cocql
