#pragma once

#include "core/message/query_parameters.hpp"
#include "core/message/request.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace cocql::message {

/// EXECUTE: a prepared statement by its id (native_protocol_v4.spec, 4.1.6). Borrows the id and
/// what its parameters borrow.
class execute final : public request {
  public:
    execute() = default;
    explicit execute(std::span<const std::byte> statement_id,
                     query_parameters with = query_parameters())
        : id(statement_id), parameters(std::move(with)) {}

    std::span<const std::byte> id;
    query_parameters parameters;

    wire::opcode opcode() const noexcept override { return wire::opcode::execute; }
    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<execute> decode(base::byte_reader& in);
};

} // namespace cocql::message
