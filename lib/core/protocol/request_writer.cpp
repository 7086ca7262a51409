#include "core/protocol/request_writer.hpp"

#include "core/message/limits.hpp"
#include "core/wire/notation.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace cocql::protocol {

namespace {

/// The length in a frame's header is an [int].
constexpr std::size_t longest_length = 0x7fffffff;

/// Room for a request's bytes that is kept for the next one.
constexpr std::size_t encoded_kept = 64 * 1024;

error too_long(std::size_t length, std::size_t limit) {
    return error(errc::invalid_argument, "the request is " + std::to_string(length) +
                                             " bytes long, longer than max_request_size, " +
                                             std::to_string(limit) + " bytes");
}

using payload = std::map<std::string, std::vector<std::byte>>;

result<void> encode_payload(base::byte_writer& out, const payload& entries,
                            protocol_version version) {
    if (version < protocol_version::v4)
        return error(errc::invalid_argument, "a custom payload needs protocol version 4");
    if (auto fits = message::check_short(entries.size(), "the custom payload"); !fits)
        return fits;
    for (const auto& [key, bytes] : entries) {
        if (auto fits = message::check_short(key.size(), "a key of the custom payload"); !fits)
            return fits;
        if (auto fits = message::check_long(bytes.size(), "an entry of the custom payload"); !fits)
            return fits;
    }
    wire::write_bytes_map(out, entries);
    return {};
}

} // namespace

request_writer::request_writer(framing& framing, const protocol_settings& settings) noexcept
    : framing_(framing),
      settings_(settings),
      limit_(std::min(settings.max_request_size, longest_length)) {}

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
        encoded = encode_payload(writer, *request.custom_payload, settings_.version);
    }
    if (encoded)
        encoded = request.message->encode(writer, settings_.version);
    if (encoded && writer.failure() != nullptr)
        encoded = error(errc::invalid_argument, writer.failure());
    const auto length = writer.written_since(begin) - wire::frame_header::size;
    if (!encoded || length > limit_) {
        target.truncate(begin);
        return refuse(encoded ? too_long(length, limit_) : encoded.error());
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
