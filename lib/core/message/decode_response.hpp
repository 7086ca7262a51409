#pragma once

#include "core/base/buffer.hpp"
#include "core/message/response.hpp"
#include "core/message/response_settings.hpp"
#include "core/wire/frame_header.hpp"

#include <cocql/event.hpp>
#include <cocql/result.hpp>
#include <cocql/server_error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocql::message {

/// A response's body with what stood before it. Rows and metadata ids are borrowed from the frame.
struct decoded_response {
    response_envelope envelope;
    response message;
};

/// Reads a response's whole body as the header's opcode, flags and version say. Strict: a body that is
/// cut short, malformed or longer than its message is errc::protocol_error, and no allocation is made by
/// a number that the bytes themselves do not bear out. A version other than 3 is read as 4: that is how
/// servers word their refusal of a version.
result<decoded_response> decode_response(const wire::frame_header& header,
                                         std::span<const std::byte> body,
                                         const response_settings& settings = response_settings());

/// The same for an answer that must be an EVENT; any other is errc::protocol_error.
result<event> decode_event(const wire::frame_header& header, std::span<const std::byte> body);
/// The same for an ERROR; to_error() makes an error of ours out of it.
result<server_error> decode_error(const wire::frame_header& header, std::span<const std::byte> body,
                                  const response_settings& settings = response_settings());

/// Appends a whole response frame, header included: the scripted node's half. After an error `out` is as
/// it was before.
result<void> encode_frame(base::buffer& out, const response& message, protocol_version version,
                          std::int16_t stream,
                          const response_envelope& envelope = response_envelope(),
                          const response_settings& settings = response_settings());

} // namespace cocql::message
