#pragma once

#include "core/base/byte_writer.hpp"
#include "core/wire/frame_header.hpp"
#include "core/wire/notation.hpp"

#include <cocql/result.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cocql::message {

/// What stands before a response's message when the header's flags say so: tracing id, warnings,
/// custom payload, in this order (native_protocol_v4.spec, section 2.2). Owns it; borrows the
/// message.
class response_envelope {
  public:
    std::optional<uuid> tracing_id;
    std::vector<std::string> warnings;
    wire::bytes_map custom_payload;
    std::span<const std::byte> message; ///< the rest of the body

    /// Without any of these there is nothing but the message.
    static constexpr std::uint8_t all_flags = wire::frame_header::flag_tracing |
                                              wire::frame_header::flag_custom_payload |
                                              wire::frame_header::flag_warning;

    static result<response_envelope> open(const wire::frame_header& header,
                                          std::span<const std::byte> body);
    /// The header's flags for what is there.
    std::uint8_t flags() const noexcept;
    /// Writes all but the message.
    void encode(base::byte_writer& out) const;
};

} // namespace cocql::message
