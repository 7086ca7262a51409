#pragma once

#include "core/base/buffer.hpp"
#include "core/base/shared_bytes.hpp"
#include "core/wire/frame_header.hpp"

#include <cocql/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace cocql::wire {

/// One complete frame on its way to whoever handles it.
///
/// The body is a view that is valid only during the call it is passed to. `take()` makes it last: a
/// body that was collected in a buffer of its own (see owned_frame) is handed over, one that lay
/// inside the read buffer is copied (so that one live row never pins a whole read buffer).
class frame {
  public:
    frame(const frame_header& header, std::span<const std::byte> body) noexcept
        : header_(header), body_(body) {}
    frame(const frame&) = delete;
    frame& operator=(const frame&) = delete;

    const frame_header& header() const noexcept { return header_; }
    std::span<const std::byte> body() const noexcept { return body_; }
    /// Whether take() costs no copy.
    bool is_owned() const noexcept { return owned_ != nullptr; }
    base::shared_bytes take() {
        return owned_ != nullptr ? *owned_ : base::shared_bytes::copy_of(body_);
    }

  protected:
    frame_header header_;
    std::span<const std::byte> body_;
    const base::shared_bytes* owned_ = nullptr;
};

/// One whose body is in a buffer of its own.
class owned_frame final : public frame {
  public:
    owned_frame(const frame_header& header, base::shared_bytes body) noexcept
        : frame(header, body.view()), bytes_(std::move(body)) {
        owned_ = &bytes_;
    }
    owned_frame(owned_frame&& other) noexcept
        : owned_frame(other.header_, std::move(other.bytes_)) {}

  private:
    base::shared_bytes bytes_;
};

/// Decides about a frame from its header alone, before its body is waited for.
class frame_receiver {
  public:
    virtual ~frame_receiver() = default;
    /// Called once per frame as soon as its header is there. An error refuses the frame and ends
    /// the stream of frames: the assembler passes it on to whoever fed it.
    virtual result<void> header_received(const frame_header& header) = 0;
    /// Called once per frame, complete. Same rule for errors. Must not feed the assembler.
    virtual result<void> frame_received(frame& frame) = 0;
    /// In place of both where header and body came together, as they mostly do.
    virtual result<void> frame_received_at_once(frame& frame) {
        if (auto accepted = header_received(frame.header()); !accepted)
            return accepted;
        return frame_received(frame);
    }
};

/// Cuts a stream of bytes, arriving in any pieces, into frames: what comes from the peer in v3 and
/// v4, and what segment_decoder takes out of the segments of v5.
///
/// Memory follows the bytes that really came: a header that announces 200 MB buys nothing until the
/// bytes arrive (the buffer for a long body at most doubles).
class frame_assembler {
  public:
    /// The server's own default for the longest frame (native_transport_max_frame_size).
    static constexpr std::size_t default_limit = 256u * 1024 * 1024;

    explicit frame_assembler(frame_receiver& receiver, std::size_t limit = default_limit) noexcept
        : receiver_(receiver), limit_(limit) {}

    /// Takes all of `bytes` (or less, see stop()) and returns how many. The first error, the
    /// receiver's or "frame too long", is returned and nothing may be fed after it.
    result<std::size_t> feed(std::span<const std::byte> bytes);
    /// The same for frames that lie whole at the front of `bytes`, and takes them off there; what
    /// is left is to be fed. Mostly nothing is, and this is all that is done for an answer: inline.
    result<void> feed_whole(std::span<const std::byte>& bytes) {
        stopped_ = false;
        while (bytes.size() >= frame_header::size && header_size_ == 0) {
            const auto header = frame_header::decode(bytes.first<frame_header::size>());
            const auto behind = bytes.subspan(frame_header::size);
            if (behind.size() < header.length || header.length > limit_) [[unlikely]]
                break;
            frame whole(header, behind.first(header.length));
            bytes = behind.subspan(header.length);
            ++received_;
            auto received = receiver_.frame_received_at_once(whole);
            if (!received || stopped_) [[unlikely]]
                return received;
        }
        return {};
    }
    /// Where the bytes that come next are to be put, when they are the rest of a long body: what is
    /// read to there need not be copied to there. Empty when they are not; then feed() them. Valid
    /// until bytes are fed.
    std::span<std::byte> room();
    /// So many bytes were put into room(), at its beginning. Errors as of feed().
    result<void> filled(std::size_t count);
    /// For the receiver, in frame_received(): what comes after this frame is not to be read as a
    /// frame. The feed() that is running returns, its other bytes untaken.
    void stop() noexcept { stopped_ = true; }

    /// Whether a frame has begun and is not complete: end of stream is then a truncation.
    bool in_frame() const noexcept { return header_size_ != 0; }
    /// Frames that were received since the beginning.
    std::uint64_t received() const noexcept { return received_; }

  private:
    result<void> accept_header();
    result<void> deliver(frame& whole);
    std::size_t collect(std::span<const std::byte> bytes);
    void make_room(std::size_t more);
    result<void> deliver_collected();

    frame_receiver& receiver_;
    std::size_t limit_;
    std::byte header_bytes_[frame_header::size]{};
    std::size_t header_size_ = 0;
    frame_header header_;
    std::shared_ptr<std::byte[]> body_;
    std::size_t body_size_ = 0;
    std::size_t body_capacity_ = 0;
    std::uint64_t received_ = 0;
    bool stopped_ = false;
};

} // namespace cocql::wire
