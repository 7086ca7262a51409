#pragma once

#include "core/message/request.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

/// STARTUP: opens the conversation (native_protocol_v4.spec, 4.1.1).
class startup final : public request {
  public:
    startup() : request(wire::opcode::startup) {}

    wire::string_map options;

    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<startup> decode(base::byte_reader& in);
};

} // namespace cocql::message
