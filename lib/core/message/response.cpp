#include "core/message/response.hpp"

#include "core/message/authentication.hpp"
#include "core/message/error.hpp"
#include "core/message/event.hpp"
#include "core/message/limits.hpp"
#include "core/message/result_kind.hpp"
#include "core/message/schema_change.hpp"
#include "core/message/supported.hpp"

#include <utility>

namespace cocql::message {

namespace {

result<response> decode_result(base::byte_reader& in, protocol_version version, bool metadata_ids) {
    const auto kind = in.read_i32();
    switch (static_cast<result_kind>(kind)) {
    case result_kind::void_:
        return finish(in, response(void_result()), "RESULT/Void");
    case result_kind::rows:
        return finish(in, response(rows_result::decode(in)), "RESULT/Rows");
    case result_kind::set_keyspace:
        return finish(in, response(set_keyspace_result{std::string(wire::read_string(in))}),
                      "RESULT/Set_keyspace");
    case result_kind::prepared:
        return finish(in, response(prepared_result::decode(in, version, metadata_ids)),
                      "RESULT/Prepared");
    case result_kind::schema_change:
        return finish(in, response(read_schema_change(in)), "RESULT/Schema_change");
    }
    if (in.failed())
        return in.failure("RESULT");
    return error(errc::protocol_error, "a RESULT of unknown kind " + std::to_string(kind));
}

/// A result of one of the messages, as the result of any.
template <class Message, class Wrap>
result<response> wrapped(result<Message> decoded, Wrap&& wrap) {
    if (!decoded)
        return decoded.error();
    return response(wrap(std::move(*decoded)));
}

result<response> decode_message(const wire::frame_header& header, base::byte_reader& in,
                                const error_extensions& agreed, bool metadata_ids) {
    const auto version = static_cast<protocol_version>(header.version_number());
    switch (header.opcode) {
    case wire::opcode::error:
        return wrapped(decode_error(in, agreed, version), [](server_error said) { return said; });
    case wire::opcode::ready:
        return finish(in, response(ready()), "READY");
    case wire::opcode::authenticate:
        return wrapped(decode_authenticate(in),
                       [](std::string name) { return authenticate{std::move(name)}; });
    case wire::opcode::supported:
        return wrapped(decode_supported(in),
                       [](wire::string_multimap options) { return supported{std::move(options)}; });
    case wire::opcode::result:
        return decode_result(in, version, metadata_ids);
    case wire::opcode::event:
        return wrapped(decode_event(in), [](event happened) { return happened; });
    case wire::opcode::auth_challenge:
        return wrapped(decode_token(in, "AUTH_CHALLENGE"), [](std::vector<std::byte> token) {
            return auth_challenge{std::move(token)};
        });
    case wire::opcode::auth_success:
        return wrapped(decode_token(in, "AUTH_SUCCESS"),
                       [](std::vector<std::byte> token) { return auth_success{std::move(token)}; });
    default:
        return error(errc::protocol_error,
                     std::string(wire::to_string(header.opcode)) + " is not a response");
    }
}

void write_kind(base::byte_writer& out, result_kind kind) {
    out.write_i32(static_cast<std::int32_t>(kind));
}

struct body_writer {
    base::byte_writer& out;
    protocol_version version;

    void operator()(const server_error& said) const { encode_error(out, said, version); }
    void operator()(const ready&) const {}
    void operator()(const authenticate& message) const {
        encode_authenticate(out, message.server_class);
    }
    void operator()(const supported& message) const { encode_supported(out, message.options); }
    void operator()(const void_result&) const { write_kind(out, result_kind::void_); }
    void operator()(const rows_result& message) const { message.encode(out); }
    void operator()(const set_keyspace_result& message) const {
        write_kind(out, result_kind::set_keyspace);
        wire::write_string(out, message.keyspace);
    }
    void operator()(const prepared_result& message) const { message.encode(out, version); }
    void operator()(const schema_change& message) const {
        write_kind(out, result_kind::schema_change);
        write_schema_change(out, message);
    }
    void operator()(const event& message) const { encode_event(out, message); }
    void operator()(const auth_challenge& message) const { encode_token(out, message.token); }
    void operator()(const auth_success& message) const { encode_token(out, message.token); }
};

struct opcode_namer {
    wire::opcode operator()(const server_error&) const { return wire::opcode::error; }
    wire::opcode operator()(const ready&) const { return wire::opcode::ready; }
    wire::opcode operator()(const authenticate&) const { return wire::opcode::authenticate; }
    wire::opcode operator()(const supported&) const { return wire::opcode::supported; }
    wire::opcode operator()(const event&) const { return wire::opcode::event; }
    wire::opcode operator()(const auth_challenge&) const { return wire::opcode::auth_challenge; }
    wire::opcode operator()(const auth_success&) const { return wire::opcode::auth_success; }
    template <class Result>
    wire::opcode operator()(const Result&) const {
        return wire::opcode::result;
    }
};

} // namespace

wire::opcode opcode_of(const response& message) noexcept {
    return std::visit(opcode_namer(), message);
}

result<decoded_response> decode_response(const wire::frame_header& header,
                                         std::span<const std::byte> body,
                                         const error_extensions& agreed, bool metadata_ids) {
    auto opened = response_envelope::open(header, body);
    if (!opened)
        return opened.error();
    base::byte_reader in(opened->message);
    auto message = decode_message(header, in, agreed, metadata_ids);
    if (!message)
        return message.error();
    return decoded_response{std::move(*opened), std::move(*message)};
}

void encode_response(base::buffer& out, const response& message, protocol_version version,
                     std::int16_t stream, const response_envelope& envelope) {
    base::byte_writer writer(out);
    wire::frame_header header;
    header.version = wire::frame_header::direction_bit | static_cast<std::uint8_t>(version);
    header.flags = envelope.flags();
    header.stream = stream;
    header.opcode = opcode_of(message);
    const auto start = writer.position();
    header.encode(writer);
    envelope.encode(writer);
    std::visit(body_writer{writer, version}, message);
    const auto length = writer.position() - start - wire::frame_header::size;
    writer.patch_i32(start + wire::frame_header::size - 4, static_cast<std::int32_t>(length));
}

} // namespace cocql::message
