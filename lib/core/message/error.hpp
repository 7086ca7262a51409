#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/error_extensions.hpp"

#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>
#include <cocql/server_error.hpp>

namespace cocql::message {

/// ERROR with the fields of every code (native_protocol_v5.spec, section 8). `agreed`: what was
/// negotiated of it. A code that the specification does not have is kept; what follows its message
/// is passed over, since nobody here can know its fields.
result<server_error> decode_error(base::byte_reader& in,
                                  const error_extensions& agreed = error_extensions(),
                                  protocol_version version = protocol_version::v4);
/// Before v5 only clients that have agreed on it understand the reasons of failed replicas.
void encode_error(base::byte_writer& out, const server_error& failure,
                  protocol_version version = protocol_version::v4);

/// The server's error as the library's: `Unavailable: Cannot achieve …`. Of replicas that failed
/// it says which, and why.
error to_error(server_error said);

} // namespace cocql::message
