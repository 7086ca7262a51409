#pragma once

#include "core/base/buffer.hpp"
#include "core/message/decode_request.hpp"
#include "core/message/response.hpp"
#include "core/wire/frame_assembler.hpp"

#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <variant>

namespace cocql::tests {

/// A request or a response with everything that its frame says.
struct whole_message {
    protocol_version version = protocol_version::v4;
    std::int16_t stream = 0;
    /// Of a request: that it be traced. A response's is in its envelope.
    bool tracing = false;
    /// Borrows texts and values.
    std::variant<message::decoded_request, message::decoded_response> content;
};

/// Appends the frame, header included.
result<void> encode(const whole_message& message, base::buffer& out);
/// What the frame says. Borrows from its body.
result<whole_message> decode(const wire::frame_header& header, std::span<const std::byte> body);

/// One line that says everything, in the words that the independent side uses too: texts and bytes
/// in hexadecimal, maps in the order of their keys, types by their numbers.
std::string describe(const whole_message& message);

} // namespace cocql::tests
