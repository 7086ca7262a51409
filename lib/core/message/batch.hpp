#pragma once

#include "core/base/byte_reader.hpp"
#include "core/message/query_value.hpp"
#include "core/message/request.hpp"

#include <cocql/consistency.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace cocql::message {

/// BATCH (native_protocol_v4.spec, section 4.1.7). Borrows texts, ids and values. Named values, which
/// the specification announces and no server can read, are refused.
class batch final : public request {
  public:
    enum class kind : std::uint8_t { logged = 0, unlogged = 1, counter = 2 };

    /// One statement: a text, or the id of a prepared one.
    class entry {
      public:
        entry() = default;
        explicit entry(std::string_view text, std::vector<query_value> with = {})
            : cql(text), values(std::move(with)) {}
        static entry prepared(std::span<const std::byte> id, std::vector<query_value> with = {}) {
            entry made;
            made.id = id;
            made.is_prepared = true;
            made.values = std::move(with);
            return made;
        }

        bool is_prepared = false;
        std::string_view cql;
        std::span<const std::byte> id;
        std::vector<query_value> values;
    };

    wire::opcode opcode() const noexcept override { return wire::opcode::batch; }
    result<void> encode(base::byte_writer& out, protocol_version version) const override;
    static result<batch> decode(base::byte_reader& in, protocol_version version);

    kind type = kind::logged;
    std::vector<entry> entries;
    cocql::consistency consistency = cocql::consistency::local_one;
    std::optional<cocql::consistency> serial_consistency;
    std::optional<std::int64_t> timestamp; ///< microseconds since 1970
};

} // namespace cocql::message
