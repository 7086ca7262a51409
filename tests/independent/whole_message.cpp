#include "whole_message.hpp"

#include "core/base/byte_writer.hpp"
#include "core/wire/notation.hpp"

#include <type_traits>
#include <utility>

namespace cocql::tests {

namespace {

result<void> encode_request(const whole_message& whole, const message::decoded_request& asked,
                            base::buffer& out) {
    const auto begin = out.size();
    base::byte_writer writer(out);
    const auto& request =
        std::visit([](const auto& each) -> const message::request& { return each; }, asked.message);
    wire::frame_header header;
    header.version = static_cast<std::uint8_t>(whole.version);
    header.stream = whole.stream;
    header.opcode = request.opcode();
    if (whole.tracing)
        header.flags |= wire::frame_header::flag_tracing;
    if (!asked.custom_payload.empty())
        header.flags |= wire::frame_header::flag_custom_payload;
    header.encode(writer);
    if (!asked.custom_payload.empty())
        wire::write_bytes_map(writer, asked.custom_payload);
    if (auto encoded = request.encode(writer, whole.version); !encoded)
        return encoded;
    const auto length = out.size() - begin - wire::frame_header::size;
    writer.patch_i32(begin + 5, static_cast<std::int32_t>(length));
    return {};
}

} // namespace

result<void> encode(const whole_message& whole, base::buffer& out) {
    if (const auto* asked = std::get_if<message::decoded_request>(&whole.content))
        return encode_request(whole, *asked, out);
    const auto& said = std::get<message::decoded_response>(whole.content);
    message::encode_response(out, said.message, whole.version, whole.stream, said.envelope);
    return {};
}

result<whole_message> decode(const wire::frame_header& header, std::span<const std::byte> body) {
    whole_message whole;
    whole.version = static_cast<protocol_version>(header.version_number());
    whole.stream = header.stream;
    if (header.is_response()) {
        auto said = message::decode_response(header, body);
        if (!said)
            return said.error();
        whole.content = std::move(*said);
        return whole;
    }
    whole.tracing = (header.flags & wire::frame_header::flag_tracing) != 0;
    auto asked = message::decode_request(header, body);
    if (!asked)
        return asked.error();
    whole.content = std::move(*asked);
    return whole;
}

} // namespace cocql::tests
