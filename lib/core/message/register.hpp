#pragma once

#include "core/base/byte_reader.hpp"
#include "core/message/request.hpp"

#include <string>
#include <vector>

namespace cocql::message {

/// REGISTER: asks for events by their names (native_protocol_v4.spec, 4.1.8).
class register_ final : public request {
  public:
    register_() noexcept : request(wire::opcode::register_) {}

    std::vector<std::string> events;

    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<register_> decode(base::byte_reader& in);
};

} // namespace cocql::message
