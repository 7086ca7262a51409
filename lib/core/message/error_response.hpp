#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/response_settings.hpp"

#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>
#include <cocql/server_error.hpp>

namespace cocql::message {

/// ERROR (native_protocol_v4.spec, section 9). Owns everything.
struct error_response {
    server_error said;

    /// A code that the specification does not have keeps its message; whatever follows is skipped.
    static result<error_response> decode(base::byte_reader& in, protocol_version version,
                                         const response_settings& settings);
    /// Details that do not belong to the code are errc::invalid_argument.
    result<void> encode(base::byte_writer& out, protocol_version version,
                        const response_settings& settings) const;
};

/// What the server said as an error of ours: errc::server_error, or authentication_failed for a bad
/// login. `Unavailable: Cannot achieve consistency level …`.
error to_error(server_error said);

} // namespace cocql::message
