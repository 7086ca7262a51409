#include "client/session/latency_watch.hpp"

#include <cocql/failure_kind.hpp>

namespace cocql::client {

namespace {

/// Whether the node would have taken longer than it was waited for; otherwise the failure says
/// nothing of how quick it is.
bool was_waited_for(const error& why) noexcept {
    switch (kind_of(why)) {
    case failure_kind::timed_out:
    case failure_kind::cancelled:
    case failure_kind::connection:
    case failure_kind::server_timed_out:
        return true;
    default:
        return false;
    }
}

} // namespace

void latency_watch::attempt_ended(const request_attempt& which, const attempt_end& how) {
    // To prepare is other work than to execute, and is done once.
    if (!how.waited || which.operation == "PREPARE")
        return;
    if (how.failure == nullptr)
        nodes_.took(which.host, *how.waited, clock_.now());
    else if (was_waited_for(*how.failure))
        nodes_.took_longer(which.host, *how.waited, clock_.now());
}

} // namespace cocql::client
