#include "core/message/decode_request.hpp"

#include <string>
#include <utility>

namespace cocql::message {

namespace {

template <class Message>
result<any_request> decode_as(base::byte_reader& in) {
    auto decoded = Message::decode(in);
    if (!decoded)
        return decoded.error();
    return any_request(std::move(*decoded));
}

result<any_request> decode_message(wire::opcode opcode, base::byte_reader& in) {
    switch (opcode) {
    case wire::opcode::options:
        return decode_as<options>(in);
    case wire::opcode::startup:
        return decode_as<startup>(in);
    case wire::opcode::auth_response:
        return decode_as<auth_response>(in);
    case wire::opcode::query:
        return decode_as<query>(in);
    case wire::opcode::prepare:
        return decode_as<prepare>(in);
    case wire::opcode::execute:
        return decode_as<execute>(in);
    case wire::opcode::batch:
        return decode_as<batch>(in);
    case wire::opcode::register_:
        return decode_as<register_>(in);
    default:
        return error(errc::protocol_error,
                     std::string(wire::to_string(opcode)) + " is not a request");
    }
}

} // namespace

result<decoded_request> decode_request(const wire::frame_header& header,
                                       std::span<const std::byte> body) {
    base::byte_reader in(body);
    decoded_request request;
    if ((header.flags & wire::frame_header::flag_custom_payload) != 0)
        request.custom_payload = wire::read_bytes_map(in);
    if (in.failed())
        return in.failure("the custom payload");
    // A reader of its own, so that an error's position counts from the message.
    base::byte_reader message_in(in.rest());
    auto message = decode_message(header.opcode, message_in);
    if (!message)
        return message.error();
    request.message = std::move(*message);
    return request;
}

} // namespace cocql::message
