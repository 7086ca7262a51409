#pragma once

#include "core/base/buffer.hpp"
#include "core/message/error_extensions.hpp"
#include "core/message/prepared_result.hpp"
#include "core/message/response_envelope.hpp"
#include "core/message/rows_result.hpp"
#include "core/wire/frame_header.hpp"
#include "core/wire/notation.hpp"

#include <cocql/event.hpp>
#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>
#include <cocql/server_error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cocql::message {

// The responses that are no more than a word: native_protocol_v4.spec, section 4.2.
struct ready {};
struct authenticate {
    std::string server_class;
};
struct supported {
    wire::string_multimap options;
};
struct auth_challenge {
    std::vector<std::byte> token;
};
struct auth_success {
    std::vector<std::byte> token;
};
struct void_result {};
struct set_keyspace_result {
    std::string keyspace;
};

/// Every response of protocol v3 to v5. RESULT is told apart by its kind; a schema_change here is
/// the result of a statement, one inside `event` is an EVENT.
using response = std::variant<server_error, ready, authenticate, supported, void_result,
                              rows_result, set_keyspace_result, prepared_result, schema_change,
                              event, auth_challenge, auth_success>;

/// A response with what stood before it. The cells of rows are borrowed from the body.
struct decoded_response {
    response_envelope envelope;
    response message;
};

wire::opcode opcode_of(const response& message) noexcept;

/// Reads a whole body as the header's opcode, flags and version say. What connections use is
/// decode_page() and its like; this is for whoever takes anything: tests, fuzzing, tools. Strict in
/// the same way.
result<decoded_response> decode_response(const wire::frame_header& header,
                                         std::span<const std::byte> body,
                                         const error_extensions& agreed = error_extensions(),
                                         bool metadata_ids = false);

/// Appends a whole response frame, header included: the server's half, for the scripted node.
void encode_response(base::buffer& out, const response& message, protocol_version version,
                     std::int16_t stream, const response_envelope& envelope = response_envelope());

} // namespace cocql::message
