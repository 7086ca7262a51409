#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/consistency.hpp>
#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>
#include <cocql/statement_options.hpp>

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

/// <query_parameters> of QUERY and EXECUTE (native_protocol_v5.spec, 4.1.4). Values, paging
/// state and keyspace are borrowed until the message is encoded.
class query_parameters {
  public:
    query_parameters() = default;
    /// Borrows from the options.
    explicit query_parameters(const statement_options& options) { take(options); }
    void take(const statement_options& options);

    consistency level = consistency::local_one;
    std::vector<bound_value> values;
    /// In place of `values`; decoding never sets it.
    written_values written;
    /// Empty, or one name per value.
    std::vector<std::string> names;
    bool skip_metadata = false;
    std::optional<std::int32_t> page_size;
    std::optional<std::span<const std::byte>> paging_state;
    std::optional<consistency> serial_level;
    std::optional<std::int64_t> timestamp;
    /// v5: where names without a keyspace are looked up; empty for the connection's.
    std::string_view keyspace;
    /// v5: what the server is to take for the time.
    std::optional<std::int32_t> now_in_seconds;

    result<void> encode(base::byte_writer& out, protocol_version version) const;
    /// Borrows from the reader's input. A failed read shows in the reader.
    static query_parameters decode(base::byte_reader& in, protocol_version version);

  private:
    /// Of what follows the values, at most.
    std::size_t size_of_tail() const noexcept;
    result<void> encode_values(base::byte_writer& out, protocol_version version) const;
};

// What BATCH and PREPARE share with it.

/// [byte], since v5 [int].
void write_flags(base::byte_writer& out, std::uint32_t flags, protocol_version version);
std::uint32_t read_flags(base::byte_reader& in, protocol_version version);
/// A keyspace, which must have a name since its flag was set.
std::string_view read_keyspace(base::byte_reader& in);
/// errc::invalid_argument when what only v5 can say is to be said in a lower version.
result<void> check_for_v5(std::string_view keyspace, std::optional<std::int32_t> now_in_seconds,
                          protocol_version version);

} // namespace cocql::message
