#pragma once

#include "core/base/byte_reader.hpp"
#include "core/message/request.hpp"

#include <string_view>

namespace cocql::message {

/// PREPARE (native_protocol_v4.spec, 4.1.5). Borrows the text.
class prepare final : public request {
  public:
    prepare() = default;
    explicit prepare(std::string_view text) noexcept : cql(text) {}

    std::string_view cql;

    wire::opcode opcode() const noexcept override { return wire::opcode::prepare; }
    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<prepare> decode(base::byte_reader& in);
};

} // namespace cocql::message
