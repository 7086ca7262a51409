#pragma once

#include "core/base/byte_reader.hpp"
#include "core/message/request.hpp"

#include <cocql/event.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cocql::message {

/// REGISTER (native_protocol_v4.spec, section 4.1.8). Owns the event names, which may be ones that only
/// the server knows.
class register_ final : public request {
  public:
    register_() = default;
    explicit register_(std::vector<std::string> names) : events(std::move(names)) {}
    explicit register_(std::span<const event_type> types);

    wire::opcode opcode() const noexcept override { return wire::opcode::register_; }
    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<register_> decode(base::byte_reader& in);

    std::vector<std::string> events;
};

} // namespace cocql::message
