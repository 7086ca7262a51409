#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/message/execution_parameters.hpp"

#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cocql::message {

/// A value on its way to the server: bytes that are borrowed, null, or "leave it as it is".
class bound_value {
  public:
    static bound_value of(std::span<const std::byte> bytes) noexcept {
        return {bytes, state::bytes};
    }
    static bound_value null() noexcept { return {{}, state::null}; }
    static bound_value unset() noexcept { return {{}, state::unset}; }

    bool is_null() const noexcept { return state_ == state::null; }
    bool is_unset() const noexcept { return state_ == state::unset; }
    std::span<const std::byte> bytes() const noexcept { return bytes_; }

    /// [value] of native_protocol_v4.spec, section 3; unset needs v4.
    result<void> encode(base::byte_writer& out, protocol_version version) const;
    static bound_value decode(base::byte_reader& in);

  private:
    enum class state : std::uint8_t { bytes, null, unset };
    bound_value(std::span<const std::byte> bytes, state what) noexcept
        : bytes_(bytes), state_(what) {}

    std::span<const std::byte> bytes_;
    state state_;
};

/// Values that were written before, one [value] after another. Borrowed.
struct written_values {
    std::span<const std::byte> bytes;
    std::size_t count = 0;
    bool has_unset = false;

    result<void> check(protocol_version version) const;
    /// With their count before them.
    result<void> encode(base::byte_writer& out, protocol_version version) const;
};

/// <query_parameters> of QUERY and EXECUTE (native_protocol_v5.spec, 4.1.4). Values are borrowed
/// until the message is encoded.
class query_parameters : public execution_parameters {
  public:
    using execution_parameters::execution_parameters;

    std::vector<bound_value> values;
    /// Empty, or one name per value.
    std::vector<std::string> names;

    result<void> encode(base::byte_writer& out, protocol_version version) const;
    /// Borrows from the reader's input. A failed read shows in the reader.
    static query_parameters decode(base::byte_reader& in, protocol_version version);

  private:
    result<void> encode_values(base::byte_writer& out, protocol_version version) const;
};

// What BATCH and PREPARE share with it.

/// [byte], since v5 [int].
std::uint32_t read_flags(base::byte_reader& in, protocol_version version);
/// A keyspace, which must have a name since its flag was set.
std::string_view read_keyspace(base::byte_reader& in);
/// errc::invalid_argument when what only v5 can say is to be said in a lower version.
result<void> check_for_v5(std::string_view keyspace, std::optional<std::int32_t> now_in_seconds,
                          protocol_version version);

} // namespace cocql::message
