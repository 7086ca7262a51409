#pragma once

#include "core/base/time.hpp"
#include "core/protocol/transport.hpp"

#include <cocql/result.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace cocql::protocol {

/// The upper half of the bridge: what a transport tells its protocol. Named after asyncio's
/// Protocol.
///
/// The order is fixed: connection_made once, then any number of the others, then connection_lost
/// once and last. Time comes in as an argument; the protocol asks for more of it by
/// next_deadline().
class protocol {
  public:
    virtual ~protocol() = default;

    /// The transport carries bytes now: TCP is connected and, for TLS, the handshake done. The
    /// transport outlives connection_lost().
    virtual void connection_made(transport& transport, base::time_point now) = 0;
    /// Bytes as they came, cut anywhere. Borrowed for the call.
    virtual void data_received(std::span<const std::byte> bytes, base::time_point now) = 0;
    /// Where the transport is to read the next bytes to, if the protocol knows a better place than
    /// the transport's own buffer; empty if not. Asked before each read, and valid until
    /// buffer_updated() or data_received(). With it these two are asyncio's BufferedProtocol.
    virtual std::span<std::byte> get_buffer() { return {}; }
    /// So many bytes were read to the beginning of get_buffer(), in place of data_received().
    virtual void buffer_updated(std::size_t count, base::time_point now) {
        static_cast<void>(count);
        static_cast<void>(now);
    }
    /// The peer will send no more. The transport closes afterwards.
    virtual void eof_received(base::time_point now) = 0;
    /// The end: with an error, or without one when the transport was closed in good order.
    virtual void connection_lost(std::optional<error> cause, base::time_point now) = 0;
    /// The write buffer is over its high-water mark. Never twice in a row.
    virtual void pause_writing() = 0;
    /// The write buffer is at or below its low-water mark again.
    virtual void resume_writing(base::time_point now) = 0;

    /// When handle_timeout() wants to be called at the latest; base::never if not at all. What it
    /// returns counts as promised: until whoever has asked comes back, then or earlier, to call
    /// handle_timeout() or to ask again, only an earlier moment is told of (deadline_changed()).
    virtual base::time_point next_deadline() noexcept = 0;
    /// Called at next_deadline() or somewhat later; being called early does no harm.
    virtual void handle_timeout(base::time_point now) = 0;
};

} // namespace cocql::protocol
