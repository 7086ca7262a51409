#pragma once

#include "core/message/query_parameters.hpp"
#include "core/message/request.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace cocql::message {

/// EXECUTE: a prepared statement by its id (native_protocol_v5.spec, 4.1.6). Borrows the ids and
/// what its parameters borrow.
class execute final : public request {
  public:
    execute() : request(wire::opcode::execute) {}
    explicit execute(std::span<const std::byte> statement_id,
                     query_parameters with = query_parameters())
        : request(wire::opcode::execute), id(statement_id), parameters(std::move(with)) {}

    std::span<const std::byte> id;
    /// Of the rows as we know them. v5 always has one (an empty one is never the right one, so that
    /// the server describes the rows); earlier versions only where ScyllaDB's
    /// SCYLLA_USE_METADATA_ID was agreed on.
    std::optional<std::span<const std::byte>> result_metadata_id;
    query_parameters parameters;
    /// Behind all else, where ScyllaDB's tablets-routing-v2 was agreed on (see
    /// routing::version_block).
    std::optional<std::uint8_t> version_block;

    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    /// `metadata_ids`: SCYLLA_USE_METADATA_ID was agreed on; `version_blocks`: tablets-routing-v2
    /// was.
    static result<execute> decode(base::byte_reader& in,
                                  protocol_version version = protocol_version::v4,
                                  bool metadata_ids = false, bool version_blocks = false);
};

} // namespace cocql::message
