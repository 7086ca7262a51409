#pragma once

#include "core/message/query_parameters.hpp"
#include "core/message/request.hpp"

#include <string_view>
#include <utility>

namespace cocql::message {

/// QUERY: a statement as text (native_protocol_v4.spec, 4.1.4). Borrows the text and what its
/// parameters borrow.
class query final : public request {
  public:
    query() : request(wire::opcode::query) {}
    explicit query(std::string_view text, query_parameters with = query_parameters())
        : request(wire::opcode::query), cql(text), parameters(std::move(with)) {}

    std::string_view cql;
    query_parameters parameters;

    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<query> decode(base::byte_reader& in,
                                protocol_version version = protocol_version::v4);
};

} // namespace cocql::message
