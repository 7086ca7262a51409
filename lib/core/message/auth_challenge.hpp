#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/result.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace cocql::message {

/// AUTH_CHALLENGE (native_protocol_v4.spec, section 4.2.7). The token may be null.
struct auth_challenge {
    std::optional<std::vector<std::byte>> token;

    static result<auth_challenge> decode(base::byte_reader& in);
    result<void> encode(base::byte_writer& out) const;
};

} // namespace cocql::message
