#pragma once

#include "core/base/visible.hpp"
#include "core/protocol/protocol.hpp"
#include "core/protocol/transport.hpp"
#include "io/bridge/clock.hpp"
#include "io/bridge/post_to.hpp"
#include "io/bridge/shutdown_registry.hpp"
#include "io/bridge/signal_event.hpp"
#include "io/bridge/turn.hpp"
#include "io/stream/byte_stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace cocql::io {

/// The bridge between a byte stream and a protocol, plain and TLS alike.
///
/// A reader always has one read pending, which TLS 1.3 needs for tickets and key updates. What is
/// written in a turn of the loop is taken at its end as one contiguous buffer, but for long values
/// that are not copied into it; what the stream does not take at once is for a writer, which is
/// there only while it waits. A timer calls the protocol at its deadlines. run() returns when
/// nothing of all that is under way any more.
///
/// One executor, that of the stream. The protocol must outlive run().
class stream_transport final : public protocol::transport,
                               private byte_receiver,
                               private shutdown_registry::member {
  public:
    /// How long the end of a connection may hold the descriptor: flushing, and waiting for the
    /// peer's close_notify.
    static constexpr base::duration linger = std::chrono::seconds(1);

    /// Its turns are shown in what is given, which must outlive it.
    stream_transport(std::unique_ptr<byte_stream> stream, protocol::protocol& protocol,
                     clock& clock, turn& turn);
    ~stream_transport() override;

    /// The whole life: connection_made … connection_lost. When it returns the descriptor is closed.
    /// Rethrows what a handler threw, after cleaning up. Not cancellable; use close() or abort().
    boost::asio::awaitable<void> run();

    void write(std::span<const std::byte> bytes) override;
    base::buffer& write_buffer() override { return pending_.bytes; }
    void write_apart(base::piece_apart piece) override;
    void write_appended() override;
    std::size_t write_buffer_size() const noexcept override { return pending_.size() + in_write_; }
    /// The same from any thread, as it was at the end of a turn.
    std::size_t visible_write_buffer_size() const noexcept { return visible_size_; }
    std::uint64_t bytes_given() const noexcept override { return handed_over_ - in_write_; }
    base::send_progress progress() override { return stream_->progress(); }
    std::uint64_t bytes_queued() const noexcept override { return handed_over_ + pending_.size(); }
    void set_write_buffer_limits(std::size_t high, std::size_t low) override;
    void pause_reading() override { reading_paused_ = true; }
    void resume_reading() override;
    void close() override;
    void abort() override;
    bool is_closing() const noexcept override { return closing_; }
    void deadline_changed() override;
    void rest() override { resting_ = true; }
    const peer_info& peer() const noexcept override { return stream_->peer(); }

    /// Between these, whatever is written waits for the end, to be sent together: what a turn of
    /// the loop in which something was received is for itself. False, and not to be ended, within
    /// another one.
    bool begin_turn() noexcept;
    void end_turn();

  private:
    static constexpr std::size_t read_size = 32 * 1024;
    /// How often a write lets the queue go round, and how many bytes wait no longer.
    static constexpr int most_rounds = 2;
    static constexpr std::size_t enough_to_write = 16 * 1024;
    /// As long as no read has filled it: a connection that is at rest, or asks little, needs no
    /// more. What answers a heartbeat fits, which is ScyllaDB's SUPPORTED, of some 650 bytes.
    static constexpr std::size_t read_size_at_rest = 768;

    /// Bytes on their way: those of the buffer, and between them what lies elsewhere.
    struct outgoing {
        base::buffer bytes;
        std::vector<base::piece_apart> apart;
        std::size_t apart_size = 0;

        std::size_t size() const noexcept { return bytes.size() + apart_size; }
        bool empty() const noexcept { return size() == 0; }
        void clear() noexcept {
            bytes.clear();
            if (apart_size != 0) {
                apart.clear();
                apart_size = 0;
            }
        }
        /// In the order in which they are to be written.
        void list(std::vector<std::span<const std::byte>>& parts) const;
    };

    void context_destroyed() noexcept override;
    std::span<std::byte> room() override;
    void make_own_room(std::size_t size);
    void go_to_rest();
    std::span<std::byte> received(std::size_t count) override;

    class posted_write;

    bool reads_on(const result<bool>& more);
    /// Writes from the executor's queue what is pending then: everything that is written in one
    /// turn of the loop leaves together.
    [[gnu::noinline]] void write_soon();
    /// The same, in company: where a session's requests go to many connections, each read of one
    /// of them leads to some bytes for each of the others, and writing those costs several times
    /// what they themselves do. So what is in the queue lets the queue go round once more when more
    /// has come for it since, and a turn that has others before or behind it is written with
    /// theirs.
    void write_with_others();
    void write_posted();
    void write_pending();
    /// Takes what is pending and writes of it what can be written without waiting. True when that
    /// was all, or failed; else a writer is to be started for what is in flight. By itself it is
    /// what a turn of the loop ends with, which seldom has more to write than the socket takes.
    bool begin_write();
    [[gnu::cold, gnu::noinline]] void start_writer();
    boost::asio::awaitable<void> write_on();
    void nothing_left_to_write();
    boost::asio::awaitable<result<void>> write_rest();
    void written(const result<void>& outcome);
    void wait_for_deadline();
    void deadline_passed();
    void go_on_after(std::exception_ptr thrown);
    void write_appended_otherwise();
    void limit_linger();
    void write_failed(error cause);
    void check_low_water();
    void show_size() noexcept { visible_size_ = write_buffer_size(); }
    std::optional<error> cause() const;
    void report_lost(std::optional<error> cause);

    std::unique_ptr<byte_stream> stream_;
    const boost::asio::execution_context* const context_; ///< only to be compared
    protocol::protocol& protocol_;
    clock& clock_;
    turn& turn_;
    std::unique_ptr<timer> timer_;
    base::time_point armed_for_ = base::never;
    base::time_point linger_until_ = base::never;

    base::buffer read_buffer_;
    std::span<std::byte> own_room_; ///< to read to where the protocol knows no better place: of it
    bool in_own_room_ = true;       ///< where the next bytes come to
    bool resting_ = false;          ///< from the end of this turn on

    outgoing pending_;                              ///< written by the protocol, not yet taken
    outgoing in_flight_;                            ///< what the writer is writing
    std::span<const std::byte> rest_;               ///< of its buffer, what begin_write() has left
    std::vector<std::span<const std::byte>> parts_; ///< of it
    std::size_t in_write_ = 0;
    base::visible<std::size_t> visible_size_ = 0;
    std::size_t high_water_ = 1024 * 1024;
    std::size_t low_water_ = 256 * 1024;
    bool writing_paused_ = false;
    bool writing_failed_ = false; ///< nothing more is written
    bool reading_paused_ = false;

    bool closing_ = false;  ///< no more writes are accepted
    bool graceful_ = false; ///< what is queued is still written
    bool finished_ = false; ///< nothing more is to get under way
    bool lost_reported_ = false;
    std::optional<error> read_error_;
    std::optional<error> write_error_;
    std::exception_ptr thrown_;

    bool writes_soon_ = false; ///< write_posted() is in the queue
    int under_way_ = 0;        ///< that, writers, a deadline's call: as long as they touch this
    bool keeps_time_ = false;  ///< the timer is set
    bool more_came_ = false;   ///< since it was put there
    int rounds_waited_ = 0;
    bool written_between_turns_ = false;     ///< since the queue's last write
    bool shares_turns_ = false;              ///< that was so for that one, too: it will be again
    std::shared_ptr<handler_memory> memory_; ///< for write_posted(); none before the first
    signal_event reading_resumed_;
    signal_event task_ended_;
};

} // namespace cocql::io
