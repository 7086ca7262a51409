#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>
#include <cocql/server_error.hpp>

#include <cstdint>
#include <optional>

namespace cocql::message {

/// ERROR with the fields of every code (native_protocol_v5.spec, section 8). `rate_limit_code` is
/// the code that ScyllaDB announced for its rate-limit error, if that was negotiated. A code that
/// the specification does not have is kept; what follows its message is passed over, since nobody
/// here can know its fields.
result<server_error> decode_error(base::byte_reader& in,
                                  std::optional<std::int32_t> rate_limit_code = std::nullopt,
                                  protocol_version version = protocol_version::v4);
void encode_error(base::byte_writer& out, const server_error& failure,
                  protocol_version version = protocol_version::v4);

/// The server's error as the library's: `Unavailable: Cannot achieve …`.
error to_error(server_error said);

} // namespace cocql::message
