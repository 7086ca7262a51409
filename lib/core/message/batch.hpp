#pragma once

#include "core/message/query_parameters.hpp"
#include "core/message/request.hpp"

#include <cocql/batch.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace cocql::message {

using cocql::batch_type;

/// BATCH (native_protocol_v5.spec, 4.1.7). Borrows statements, values and the keyspace.
class batch final : public request {
  public:
    batch() noexcept : request(wire::opcode::batch) {}

    class statement {
      public:
        statement() = default;
        explicit statement(std::string_view cql, std::vector<bound_value> bound = {})
            : what(cql), values(std::move(bound)) {}
        explicit statement(std::span<const std::byte> id, std::vector<bound_value> bound = {})
            : what(id), values(std::move(bound)) {}

        /// The text, or a prepared statement's id.
        std::variant<std::string_view, std::span<const std::byte>> what;
        std::vector<bound_value> values;
        /// In place of `values`; decoding never sets it.
        written_values written;
    };

    batch_type type = batch_type::logged;
    std::vector<statement> statements;
    consistency level = consistency::local_one;
    std::optional<consistency> serial_level;
    std::optional<std::int64_t> timestamp;
    std::string_view keyspace; ///< v5; see query_parameters
    std::optional<std::int32_t> now_in_seconds;

    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<batch> decode(base::byte_reader& in,
                                protocol_version version = protocol_version::v4);
};

} // namespace cocql::message
