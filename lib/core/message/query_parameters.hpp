#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/query_value.hpp"

#include <cocql/consistency.hpp>
#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>
#include <cocql/statement_options.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cocql::message {

/// The <query_parameters> of QUERY and EXECUTE (native_protocol_v4.spec, section 4.1.4). Borrows the
/// bytes of values and of the paging state.
class query_parameters {
  public:
    query_parameters() = default;
    /// What the options say; the paging state stays borrowed from them.
    explicit query_parameters(const statement_options& options);

    result<void> encode(base::byte_writer& out, protocol_version version) const;
    /// Flags that the protocol does not have fail the reader.
    static query_parameters decode(base::byte_reader& in, protocol_version version);

    friend bool operator==(const query_parameters& left, const query_parameters& right) noexcept;

    cocql::consistency consistency = cocql::consistency::local_one;
    std::vector<query_value> values;
    bool named = false;         ///< every value has a name
    bool skip_metadata = false; ///< rows without column descriptions, please
    std::optional<std::int32_t> page_size;
    std::optional<std::span<const std::byte>> paging_state;
    std::optional<cocql::consistency> serial_consistency;
    std::optional<std::int64_t> timestamp; ///< microseconds since 1970
};

/// The [value]s of a message, without their count (native_protocol_v4.spec, section 3). Shared with
/// BATCH.
result<void> encode_values(base::byte_writer& out, std::span<const query_value> values, bool named,
                           protocol_version version);
std::vector<query_value> decode_values(base::byte_reader& in, bool named, protocol_version version);

} // namespace cocql::message
