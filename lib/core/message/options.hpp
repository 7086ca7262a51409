#pragma once

#include "core/base/byte_reader.hpp"
#include "core/message/request.hpp"

namespace cocql::message {

/// OPTIONS: asks for SUPPORTED (native_protocol_v4.spec, section 4.1.3). No body.
class options final : public request {
  public:
    wire::opcode opcode() const noexcept override { return wire::opcode::options; }
    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<options> decode(base::byte_reader& in);
};

} // namespace cocql::message
