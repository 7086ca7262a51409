#pragma once

#include "core/base/buffer.hpp"
#include "core/base/piece_apart.hpp"
#include "core/base/send_progress.hpp"

#include <cocql/peer_info.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocql::protocol {

/// The lower half of the bridge: what a protocol may ask of whatever carries its bytes. Named after
/// asyncio's Transport.
///
/// Not thread-safe: every call comes from the connection's executor.
class transport {
  public:
    virtual ~transport() = default;

    /// Queues bytes to be written; copies them. Ignored once the transport is closing.
    virtual void write(std::span<const std::byte> bytes) = 0;
    /// The queue itself, to encode a message straight into; always the same object. Only append, or
    /// make longer what was appended last and is still in it, and call write_appended() before
    /// returning to the caller.
    virtual base::buffer& write_buffer() = 0;
    /// Bytes that belong at this position of write_buffer(), at its end or before it, and behind
    /// those given before. Like what is appended there they wait for write_appended().
    virtual void write_apart(base::piece_apart piece) = 0;
    /// Something was appended to write_buffer(): it is written with everything else of this turn.
    virtual void write_appended() = 0;
    /// Bytes waiting to be handed to the stream.
    virtual std::size_t write_buffer_size() const noexcept = 0;
    /// Bytes handed to the stream since the beginning: what was queued at a later position was
    /// certainly never sent.
    std::uint64_t bytes_handed_over() const noexcept { return handed_over_; }
    /// Of them, those that the stream has given to the system.
    virtual std::uint64_t bytes_given() const noexcept = 0;
    /// How far they have come, in bytes of the network. Asks the system, which takes its time.
    virtual base::send_progress progress() = 0;
    /// Bytes ever queued.
    virtual std::uint64_t bytes_queued() const noexcept = 0;
    /// Above `high` bytes the protocol gets pause_writing(), at or below `low` resume_writing().
    virtual void set_write_buffer_limits(std::size_t high, std::size_t low) = 0;

    /// Stops reading until resume_reading(): the peer is slowed down by TCP.
    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;

    /// Writes what is queued, says goodbye, closes; connection_lost() follows.
    virtual void close() = 0;
    /// Drops what is queued and closes at once; connection_lost() follows.
    virtual void abort() = 0;
    virtual bool is_closing() const noexcept = 0;

    /// The protocol's next_deadline() is to be asked again. Must be told when it has become earlier
    /// than what was returned last, may be when it has become later.
    virtual void deadline_changed() = 0;

    /// Nothing is expected for a while: room for what comes may be given back until then. While
    /// bytes are received.
    virtual void rest() = 0;

    virtual const peer_info& peer() const noexcept = 0;

  protected:
    std::uint64_t handed_over_ = 0;
};

} // namespace cocql::protocol
