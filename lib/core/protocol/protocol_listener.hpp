#pragma once

#include "core/base/time.hpp"

#include <cocql/event.hpp>
#include <cocql/result.hpp>

#include <optional>

namespace cocql::protocol {

/// What a connection's state machine tells the connection above it.
class protocol_listener {
  public:
    virtual ~protocol_listener() = default;

    /// Opening has come to its end, once: ready for requests, or the reason why not.
    virtual void startup_finished(result<void> outcome) = 0;
    virtual void event_received(const event& happened) = 0;
    /// Too many orphans: no new requests; the connection closes when the others are done.
    virtual void draining_begun() = 0;
    /// The write buffer is over its high-water mark; at or below the low one again.
    virtual void writing_paused() = 0;
    virtual void writing_resumed() = 0;
    /// Nothing can be sent any more, for this reason. Once, before any request is failed for it.
    virtual void ending_begun(const error& why) = 0;
    /// The end, once and last. No error: it was closed in good order.
    virtual void connection_ended(std::optional<error> cause) = 0;
};

} // namespace cocql::protocol
