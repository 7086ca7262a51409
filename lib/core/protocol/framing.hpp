#pragma once

#include "core/base/buffer.hpp"
#include "core/protocol/tls_alert_watch.hpp"
#include "core/wire/compressor.hpp"
#include "core/wire/frame_assembler.hpp"
#include "core/wire/segment_decoder.hpp"
#include "core/wire/segment_encoder.hpp"

#include <cocql/compression.hpp>
#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace cocql::protocol {

/// How frames are put on the wire and taken off it: as they are; with compressed bodies (v3 and
/// v4); or in segments (v5). All begin as the first: OPTIONS, STARTUP and their answers are sent as
/// they are, in v3 and v4 the answer to STARTUP may be compressed (native_protocol_v5.spec,
/// section 2.3).
class framing {
  public:
    /// Frames go to `receiver`, which outlives this; their bodies may be `limit` bytes long, before
    /// and after decompression.
    framing(wire::frame_receiver& receiver, protocol_version version, std::size_t limit) noexcept
        : assembler_(receiver, limit), version_(version), limit_(limit) {}

    /// STARTUP is of this version and asks for this compression; answers may be compressed from now
    /// on.
    void agree_on(protocol_version version, compression kind) noexcept {
        version_ = version;
        compressor_ = wire::compressor::of(kind);
    }
    /// STARTUP was answered by READY or AUTHENTICATE, while that frame is being received: whatever
    /// comes and goes after it is in the form that was agreed on.
    void startup_accepted();

    // --- reading

    /// The connection is not over TLS: whether it should be its first bytes tell.
    void watch_for_tls() noexcept { watch_.begin(); }
    /// See tls_alert_watch.
    error explained(error end) const {
        return assembler_.received() == 0 ? watch_.explained(std::move(end)) : end;
    }
    /// Takes what the peer sent, cut anywhere. Nothing may be fed after an error.
    result<void> feed(std::span<const std::byte> bytes) {
        if (!decoder_) [[likely]] {
            auto fed = assembler_.feed_whole(bytes);
            if (!fed || bytes.empty()) [[likely]]
                return fed;
        }
        return feed_rest(bytes);
    }
    /// See wire::frame_assembler: where the peer's next bytes are to be read to; empty: feed()
    /// them.
    std::span<std::byte> room() { return decoder_ ? std::span<std::byte>() : assembler_.room(); }
    result<void> filled(std::size_t count) { return assembler_.filled(count); }
    bool in_middle() const noexcept {
        return assembler_.in_frame() || (decoder_ && decoder_->in_segment());
    }
    /// The flag that a frame from the peer may have because of what was agreed on.
    std::uint8_t allowed_flag() const noexcept;
    bool is_compressed(const wire::frame_header& header) const noexcept {
        return (header.flags & wire::frame_header::flag_compression) != 0;
    }
    /// A frame that is_compressed(), with its body as it was before and without the flag.
    result<wire::owned_frame> decompressed(wire::frame& frame) const;

    // --- writing

    /// Whether frames are written as they are: then append() need not be called.
    bool writes_plainly() const noexcept { return writes_plainly_; }
    /// Appends one whole frame. `queued`: see wire::segment_encoder.
    void append(base::buffer& out, std::span<const std::byte> frame, std::uint64_t queued);
    /// Appends whole frames that somebody else made: in segments where segments are spoken,
    /// otherwise as they are.
    void append_ready(base::buffer& out, std::span<const std::byte> frames, std::uint64_t queued);

  private:
    result<void> feed_rest(std::span<const std::byte> bytes);

    wire::frame_assembler assembler_;
    protocol_version version_;
    std::size_t limit_;
    const wire::compressor* compressor_ = nullptr;
    bool writes_plainly_ = true;
    std::unique_ptr<wire::segment_decoder> decoder_; ///< of v5 alone, as the encoder
    std::unique_ptr<wire::segment_encoder> encoder_;
    tls_alert_watch watch_;
};

} // namespace cocql::protocol
