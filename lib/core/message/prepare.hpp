#pragma once

#include "core/base/byte_reader.hpp"
#include "core/message/request.hpp"

#include <string_view>

namespace cocql::message {

/// PREPARE (native_protocol_v5.spec, 4.1.5). Borrows the texts.
class prepare final : public request {
  public:
    prepare() noexcept : request(wire::opcode::prepare) {}
    explicit prepare(std::string_view text, std::string_view in_keyspace = {}) noexcept
        : request(wire::opcode::prepare), cql(text), keyspace(in_keyspace) {}

    std::string_view cql;
    std::string_view keyspace; ///< v5; empty for the connection's

    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<prepare> decode(base::byte_reader& in,
                                  protocol_version version = protocol_version::v4);
};

} // namespace cocql::message
