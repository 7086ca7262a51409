#pragma once

#include "core/base/byte_reader.hpp"
#include "core/message/request.hpp"

#include <cstddef>
#include <vector>

namespace cocql::message {

/// AUTH_RESPONSE: a SASL token (native_protocol_v4.spec, 4.1.2).
class auth_response final : public request {
  public:
    auth_response() noexcept : request(wire::opcode::auth_response) {}

    std::vector<std::byte> token;

    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<auth_response> decode(base::byte_reader& in);
};

} // namespace cocql::message
