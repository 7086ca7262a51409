#pragma once

#include "core/message/auth_response.hpp"
#include "core/message/batch.hpp"
#include "core/message/execute.hpp"
#include "core/message/options.hpp"
#include "core/message/prepare.hpp"
#include "core/message/query.hpp"
#include "core/message/register.hpp"
#include "core/message/startup.hpp"
#include "core/wire/frame_header.hpp"
#include "core/wire/notation.hpp"

#include <cocql/result.hpp>

#include <cstddef>
#include <span>
#include <variant>

namespace cocql::message {

using any_request =
    std::variant<options, startup, auth_response, query, prepare, execute, batch, register_>;

/// A request as a server sees it. Texts, ids and values are borrowed from the body.
struct decoded_request {
    wire::bytes_map custom_payload;
    any_request message;
};

/// Reads a request's whole body as the header's version, opcode and flags say. Bytes left over are
/// errc::protocol_error. `metadata_ids`: SCYLLA_USE_METADATA_ID was agreed on; `version_blocks`:
/// ScyllaDB's tablets-routing-v2 was.
result<decoded_request> decode_request(const wire::frame_header& header,
                                       std::span<const std::byte> body, bool metadata_ids = false,
                                       bool version_blocks = false);

} // namespace cocql::message
