#pragma once

#include <cstdint>
#include <string_view>

namespace cocql {

/// What a frame is: native_protocol_v4.spec, section 2.4.
enum class opcode : std::uint8_t {
    error = 0x00,
    startup = 0x01,
    ready = 0x02,
    authenticate = 0x03,
    options = 0x05,
    supported = 0x06,
    query = 0x07,
    result = 0x08,
    prepare = 0x09,
    execute = 0x0A,
    register_ = 0x0B,
    event = 0x0C,
    batch = 0x0D,
    auth_challenge = 0x0E,
    auth_response = 0x0F,
    auth_success = 0x10,
};

/// The opcode's name in the specification (`AUTH_RESPONSE`); `UNKNOWN` if it has none.
std::string_view to_string(opcode value) noexcept;

} // namespace cocql
