#pragma once

#include "core/message/query_parameters.hpp"
#include "core/message/request.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace cocql::message {

/// EXECUTE (native_protocol_v4.spec, section 4.1.6). Borrows the id.
class execute final : public request {
  public:
    execute() = default;
    explicit execute(std::span<const std::byte> statement_id,
                     query_parameters with = query_parameters())
        : id(statement_id), parameters(std::move(with)) {}

    wire::opcode opcode() const noexcept override { return wire::opcode::execute; }
    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<execute> decode(base::byte_reader& in, protocol_version version);

    std::span<const std::byte> id;
    query_parameters parameters;
};

} // namespace cocql::message
