#include "core/message/decode_request.hpp"

#include <string>
#include <utility>

namespace cocql::message {

namespace {

template <class Message>
result<any_request> as_any(result<Message> decoded) {
    if (!decoded)
        return decoded.error();
    return any_request(std::move(*decoded));
}

result<any_request> decode_message(const wire::frame_header& header, base::byte_reader& in,
                                   bool metadata_ids, bool version_blocks) {
    const auto version = static_cast<protocol_version>(header.version_number());
    switch (header.opcode) {
    case wire::opcode::options:
        return as_any(options::decode(in));
    case wire::opcode::startup:
        return as_any(startup::decode(in));
    case wire::opcode::auth_response:
        return as_any(auth_response::decode(in));
    case wire::opcode::query:
        return as_any(query::decode(in, version));
    case wire::opcode::prepare:
        return as_any(prepare::decode(in, version));
    case wire::opcode::execute:
        return as_any(execute::decode(in, version, metadata_ids, version_blocks));
    case wire::opcode::batch:
        return as_any(batch::decode(in, version));
    case wire::opcode::register_:
        return as_any(register_::decode(in));
    default:
        return error(errc::protocol_error,
                     std::string(wire::to_string(header.opcode)) + " is not a request");
    }
}

} // namespace

result<decoded_request> decode_request(const wire::frame_header& header,
                                       std::span<const std::byte> body, bool metadata_ids,
                                       bool version_blocks) {
    base::byte_reader in(body);
    decoded_request request;
    if ((header.flags & wire::frame_header::flag_custom_payload) != 0)
        request.custom_payload = wire::read_bytes_map(in);
    if (in.failed())
        return in.failure("the custom payload");
    // A reader of its own, so that an error's position counts from the message.
    base::byte_reader message_in(in.rest());
    auto message = decode_message(header, message_in, metadata_ids, version_blocks);
    if (!message)
        return message.error();
    request.message = std::move(*message);
    return request;
}

} // namespace cocql::message
