#pragma once

#include "core/base/byte_reader.hpp"
#include "core/message/request.hpp"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace cocql::message {

/// AUTH_RESPONSE (native_protocol_v4.spec, section 4.1.2). Owns its token, which is a secret: it must
/// not reach a log.
class auth_response final : public request {
  public:
    auth_response() = default; ///< a null token
    explicit auth_response(std::vector<std::byte> secret) : token(std::move(secret)) {}

    wire::opcode opcode() const noexcept override { return wire::opcode::auth_response; }
    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<auth_response> decode(base::byte_reader& in);

    std::optional<std::vector<std::byte>> token;
};

} // namespace cocql::message
