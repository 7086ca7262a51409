#include "core/message/response_envelope.hpp"

#include "core/base/byte_reader.hpp"

namespace cocql::message {

result<response_envelope> response_envelope::open(const wire::frame_header& header,
                                                  std::span<const std::byte> body) {
    response_envelope envelope;
    base::byte_reader in(body);
    if ((header.flags & wire::frame_header::flag_tracing) != 0)
        envelope.tracing_id = uuid{wire::read_uuid(in)};
    if ((header.flags & wire::frame_header::flag_warning) != 0)
        envelope.warnings = wire::read_string_list(in);
    if ((header.flags & wire::frame_header::flag_custom_payload) != 0)
        envelope.custom_payload = wire::read_bytes_map(in);
    if (in.failed())
        return in.failure("the parts before the message");
    envelope.message = in.rest();
    return envelope;
}

std::uint8_t response_envelope::flags() const noexcept {
    std::uint8_t flags = 0;
    if (tracing_id)
        flags |= wire::frame_header::flag_tracing;
    if (!warnings.empty())
        flags |= wire::frame_header::flag_warning;
    if (!custom_payload.empty())
        flags |= wire::frame_header::flag_custom_payload;
    return flags;
}

void response_envelope::encode(base::byte_writer& out) const {
    if (tracing_id)
        wire::write_uuid(out, tracing_id->bytes);
    if (!warnings.empty())
        wire::write_string_list(out, warnings);
    if (!custom_payload.empty())
        wire::write_bytes_map(out, custom_payload);
}

} // namespace cocql::message
