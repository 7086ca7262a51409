#pragma once

#include "core/base/send_progress.hpp"
#include "io/stream/byte_receiver.hpp"

#include <cocql/peer_info.hpp>
#include <cocql/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <span>

namespace cocql::io {

/// A connected, ordered stream of bytes: plain TCP, TLS, or memory. What lies beneath (records,
/// tickets, key updates, reads that have to write) is the stream's own affair.
///
/// Not thread-safe: one executor. At most one read and one write at a time, which may overlap.
/// Operations return results and never throw; close() makes pending ones fail. The buffers are
/// borrowed until the operation completes.
class byte_stream {
  public:
    virtual ~byte_stream() = default;

    /// Waits for at least one byte. Zero: the peer ended the stream in good order.
    virtual boost::asio::awaitable<result<std::size_t>> read_some(std::span<std::byte> into) = 0;
    /// Reads on and on, for whoever takes the bytes at once: false when the peer has ended the
    /// stream in good order, true when the receiver has said that no more is to be read. Throws
    /// what the receiver throws, and nothing else. A stream that can has no coroutine between a
    /// read and the receiver.
    virtual boost::asio::awaitable<result<bool>> read_on(byte_receiver& receiver) {
        auto room = receiver.room();
        while (!room.empty()) {
            auto count = co_await read_some(room);
            if (!count)
                co_return count.error();
            if (*count == 0)
                co_return false;
            room = receiver.received(*count);
        }
        co_return true;
    }
    /// Writes without waiting what it can, and takes that off the front of `from`. False: write()
    /// is to be awaited next, with what is left, be that nothing: what was taken may still be on
    /// its way. Most requests are written so, without a coroutine.
    virtual result<bool> write_at_once(std::span<const std::byte>& from) {
        static_cast<void>(from);
        return false;
    }
    /// Writes all of it.
    virtual boost::asio::awaitable<result<void>> write(std::span<const std::byte> from) = 0;
    /// Writes all of several runs of bytes, one after another; in one system call where the stream
    /// has one for it. The list is borrowed too.
    virtual boost::asio::awaitable<result<void>>
    write_all(std::span<const std::span<const std::byte>> parts) {
        for (const auto part : parts) {
            auto written = co_await write(part);
            if (!written)
                co_return written;
        }
        co_return result<void>();
    }
    /// How far what was written has come, in bytes of the network: also in the midst of a write.
    /// Where the system does not tell what the peer's has acknowledged, that is all that it was
    /// given. A stream that has no system beneath it knows nothing of it.
    virtual base::send_progress progress() { return {}; }
    /// Nothing is expected for a while: room for what comes may be given back until then. Not while
    /// a read waits; a receiver may be in the midst of received().
    virtual void rest() {}
    /// Says goodbye where the stream has a word for it (TLS close_notify) and waits for the peer's
    /// answer. To be called when no read or write is pending; the caller bounds it by close().
    virtual boost::asio::awaitable<void> shutdown() = 0;
    /// Makes a pending read and write fail (errc::cancelled), leaving the stream fit for shutdown()
    /// if no write was pending.
    virtual void cancel() = 0;
    /// Closes the descriptor at once. Idempotent.
    virtual void close() = 0;

    virtual const peer_info& peer() const noexcept = 0;
    virtual boost::asio::any_io_executor get_executor() = 0;
};

} // namespace cocql::io
