#pragma once

#include <cocql/attempt_end.hpp>
#include <cocql/request_attempt.hpp>

namespace cocql {

/// Whom a session tells of each attempt to have a request executed, for tracing and logs of what is
/// slow; see options::observer().
///
/// Called on the session's executor, and on each sibling's (session::on()) of what that one sends,
/// in the middle of the request's way: it is to be quick. What it
/// throws leaves through the executor and does not disturb the request. Each attempt that was begun
/// ends once, unless its io_context is destroyed or its coroutine is, while it waits. Not told of
/// are PREPAREs of statements that a node has forgotten, and what the session asks for itself.
class request_observer {
  public:
    virtual ~request_observer() = default;

    virtual void attempt_begun(const request_attempt& which) = 0;
    virtual void attempt_ended(const request_attempt& which, const attempt_end& how) = 0;
};

} // namespace cocql
