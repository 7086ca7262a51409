#include "core/protocol/request_writer.hpp"

#include "core/wire/notation.hpp"

#include <string>
#include <utility>

namespace cocql::protocol {

namespace {

/// Room for a request's bytes that is kept for the next one.
constexpr std::size_t encoded_kept = 64 * 1024;

error too_long(std::size_t limit) {
    return error(errc::invalid_argument, "the request is longer than the longest frame, " +
                                             std::to_string(limit) + " bytes");
}

} // namespace

bool request_writer::refuse(error why) {
    failure_ = std::make_unique<error>(std::move(why));
    return false;
}

bool request_writer::write_otherwise(pending_request& request, std::int16_t stream) {
    const bool plainly = framing_.writes_plainly();
    auto& target = plainly ? *out_ : encoded_;
    if (!plainly)
        encoded_.clear();
    const auto begin = target.size();
    base::piece_apart apart;
    base::byte_writer writer(target, plainly ? &apart : nullptr);
    writer.skip(wire::frame_header::size);
    std::uint8_t flags = request.tracing ? wire::frame_header::flag_tracing : std::uint8_t{0};
    result<void> encoded;
    if (request.custom_payload != nullptr && !request.custom_payload->empty()) {
        flags |= wire::frame_header::flag_custom_payload;
        if (settings_.version < protocol_version::v4)
            encoded = error(errc::invalid_argument, "a custom payload needs protocol version 4");
        else
            wire::write_bytes_map(writer, *request.custom_payload);
    }
    if (encoded)
        encoded = request.message->encode(writer, settings_.version);
    const auto length = writer.written_since(begin) - wire::frame_header::size;
    if (!encoded || length > settings_.max_frame_size) {
        target.truncate(begin);
        return refuse(encoded ? too_long(settings_.max_frame_size) : encoded.error());
    }
    put_header(request, stream, flags, target.data() + begin, length);
    if (!plainly) {
        framing_.append(*out_, encoded_, transport_->bytes_queued());
        if (encoded_.capacity() > encoded_kept)
            encoded_ = base::buffer();
    } else if (!apart.bytes.empty()) {
        transport_->write_apart(std::move(apart));
    }
    return true;
}

} // namespace cocql::protocol
