#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/wire/notation.hpp"

#include <cocql/result.hpp>
#include <cocql/uuid.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cocql::message {

/// What stands before a response's body when the header's flags say so: tracing id, warnings, custom
/// payload, in this order (native_protocol_v4.spec, section 2.2). Owns everything.
struct response_envelope {
    std::optional<uuid> tracing_id;
    std::vector<std::string> warnings;
    wire::bytes_map custom_payload;

    /// A failed read shows in the reader.
    static response_envelope decode(base::byte_reader& in, std::uint8_t flags);
    /// The header flags for what is there.
    std::uint8_t flags() const noexcept;
    result<void> encode(base::byte_writer& out) const;

    friend bool operator==(const response_envelope&, const response_envelope&) = default;
};

} // namespace cocql::message
