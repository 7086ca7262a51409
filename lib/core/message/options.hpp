#pragma once

#include "core/base/byte_reader.hpp"
#include "core/message/request.hpp"

namespace cocql::message {

/// OPTIONS: asks what the server supports; also the heartbeat (native_protocol_v4.spec, 4.1.3).
class options final : public request {
  public:
    options() noexcept : request(wire::opcode::options) {}

    result<void> encode(base::byte_writer&, protocol_version) const override { return {}; }
    static result<options> decode(base::byte_reader& in);
};

} // namespace cocql::message
