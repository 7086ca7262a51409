#pragma once

#include "core/base/byte_reader.hpp"
#include "core/message/request.hpp"
#include "core/wire/notation.hpp"

#include <utility>

namespace cocql::message {

/// STARTUP (native_protocol_v4.spec, section 4.1.1). Owns its entries. CQL_VERSION is the caller's to
/// put in: the scripted node must be able to see what happens without.
class startup final : public request {
  public:
    startup() = default;
    explicit startup(wire::string_map settings) : entries(std::move(settings)) {}

    wire::opcode opcode() const noexcept override { return wire::opcode::startup; }
    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<startup> decode(base::byte_reader& in);

    wire::string_map entries;
};

} // namespace cocql::message
