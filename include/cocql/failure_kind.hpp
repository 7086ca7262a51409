#pragma once

#include <cocql/error.hpp>

#include <cstddef>
#include <string_view>

namespace cocql {

/// Failures of requests, in the groups that somebody who is on duty would tell apart.
enum class failure_kind {
    timed_out,        ///< no answer within the time that the request had
    cancelled,        ///< by the application
    connection,       ///< closed, lost, draining or too busy; or its heartbeat failed
    unavailable,      ///< the server: too few replicas are alive
    server_timed_out, ///< the server: replicas did not answer in time (also CAS_WRITE_UNKNOWN)
    server_failed,    ///< the server: replicas failed, or a function, or the server itself
    overloaded,       ///< the server: it has too much to do, is starting, or limits the rate
    refused,          ///< the server: what was asked makes no sense to it, or is not allowed
    unreadable,       ///< the answer cannot be read
    other,
};
inline constexpr std::size_t failure_kind_count = 10;

/// The kind's name, for example `timed_out`.
std::string_view to_string(failure_kind kind) noexcept;

/// Of which kind an error of a request is.
failure_kind kind_of(const error& why) noexcept;

} // namespace cocql
