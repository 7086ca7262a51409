#include "core/protocol/framing.hpp"

#include "core/base/byte_writer.hpp"

#include <algorithm>
#include <utility>

namespace cocql::protocol {

void framing::startup_accepted() {
    writes_plainly_ = version_ < protocol_version::v5 && compressor_ == nullptr;
    if (version_ < protocol_version::v5)
        return;
    decoder_ = std::make_unique<wire::segment_decoder>(assembler_, compressor_ != nullptr);
    encoder_ = std::make_unique<wire::segment_encoder>(compressor_ != nullptr);
    assembler_.stop();
}

result<void> framing::feed_rest(std::span<const std::byte> bytes) {
    // An alert is shorter than a header: what begins like one always comes here.
    if (!watch_.is_over() && assembler_.received() == 0)
        if (auto watched = watch_.feed(bytes); !watched)
            return watched;
    if (!decoder_) {
        auto taken = assembler_.feed(bytes);
        if (!taken)
            return taken.error();
        bytes = bytes.subspan(*taken);
    }
    if (bytes.empty())
        return {};
    return decoder_->feed(bytes);
}

std::uint8_t framing::allowed_flag() const noexcept {
    // v5 has no use for the flag, and wants it to be ignored.
    return compressor_ != nullptr || version_ >= protocol_version::v5
               ? wire::frame_header::flag_compression
               : std::uint8_t{0};
}

result<wire::owned_frame> framing::decompressed(wire::frame& frame) const {
    auto header = frame.header();
    header.flags &= static_cast<std::uint8_t>(~wire::frame_header::flag_compression);
    if (compressor_ == nullptr || version_ >= protocol_version::v5)
        return wire::owned_frame(header, frame.take());
    auto body = compressor_->decompress(frame.body(), limit_);
    if (!body)
        return body.error();
    header.length = static_cast<std::uint32_t>(body->size());
    return wire::owned_frame(header, std::move(*body));
}

void framing::append(base::buffer& out, std::span<const std::byte> frame, std::uint64_t queued) {
    if (encoder_)
        return encoder_->append(out, frame, queued);
    const auto begin = out.size();
    const auto body = frame.subspan(wire::frame_header::size);
    out.append(frame.first(wire::frame_header::size));
    if (body.size() < wire::shortest_compressed || !compressor_->compress(body, out)) {
        out.append(body);
        return;
    }
    auto* const header = out.data() + begin;
    header[1] |= std::byte{wire::frame_header::flag_compression};
    base::store_big_endian(
        header + 5, static_cast<std::uint32_t>(out.size() - begin - wire::frame_header::size));
}

void framing::append_ready(base::buffer& out, std::span<const std::byte> frames,
                           std::uint64_t queued) {
    const auto before = out.size();
    while (encoder_ && !frames.empty()) {
        // What is no whole frame goes out with whatever it is: its maker answers for it.
        auto length = frames.size();
        if (frames.size() >= wire::frame_header::size) {
            const auto header =
                wire::frame_header::decode(frames.first<wire::frame_header::size>());
            length = std::min<std::size_t>(length, wire::frame_header::size + header.length);
        }
        encoder_->append(out, frames.first(length), queued + (out.size() - before));
        frames = frames.subspan(length);
    }
    out.append(frames);
}

} // namespace cocql::protocol
