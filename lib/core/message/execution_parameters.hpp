#pragma once

#include "core/base/byte_writer.hpp"
#include "core/wire/notation.hpp"

#include <cocql/consistency.hpp>
#include <cocql/protocol_version.hpp>
#include <cocql/result.hpp>
#include <cocql/statement_options.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cocql::message {

/// How a statement is executed: all of <query_parameters> but its values
/// (native_protocol_v5.spec, 4.1.4). Paging state and keyspace are borrowed until the message is
/// encoded.
///
/// Written as the consistency, the flags, the values that the flags announce, and then the rest.
class execution_parameters {
  public:
    static constexpr std::uint32_t flag_values = 0x01;
    static constexpr std::uint32_t flag_skip_metadata = 0x02;
    static constexpr std::uint32_t flag_page_size = 0x04;
    static constexpr std::uint32_t flag_paging_state = 0x08;
    static constexpr std::uint32_t flag_serial_consistency = 0x10;
    static constexpr std::uint32_t flag_timestamp = 0x20;
    static constexpr std::uint32_t flag_names = 0x40;
    static constexpr std::uint32_t flag_keyspace = 0x80;
    static constexpr std::uint32_t flag_now_in_seconds = 0x100;

    execution_parameters() = default;
    /// Borrows from the options.
    explicit execution_parameters(const statement_options& options) noexcept { take(options); }
    void take(const statement_options& options) noexcept {
        level = options.consistency();
        serial_level = options.serial_consistency();
        timestamp = options.timestamp();
        keyspace = options.keyspace();
        now_in_seconds = options.now_in_seconds();
        page_size = options.page_size();
        if (!options.paging_state().empty())
            paging_state = std::span<const std::byte>(options.paging_state());
    }

    consistency level = consistency::local_one;
    bool skip_metadata = false;
    std::optional<std::int32_t> page_size;
    std::optional<std::span<const std::byte>> paging_state;
    std::optional<consistency> serial_level;
    std::optional<std::int64_t> timestamp;
    /// v5: where names without a keyspace are looked up; empty for the connection's.
    std::string_view keyspace;
    /// v5: what the server is to take for the time.
    std::optional<std::int32_t> now_in_seconds;

    /// errc::invalid_argument for what cannot be said in this version.
    result<void> check(protocol_version version) const;
    /// Without those that announce values.
    std::uint32_t flags() const noexcept {
        std::uint32_t flags = 0;
        if (skip_metadata)
            flags |= flag_skip_metadata;
        if (page_size)
            flags |= flag_page_size;
        if (paging_state)
            flags |= flag_paging_state;
        if (serial_level)
            flags |= flag_serial_consistency;
        if (timestamp)
            flags |= flag_timestamp;
        if (!keyspace.empty())
            flags |= flag_keyspace;
        if (now_in_seconds)
            flags |= flag_now_in_seconds;
        return flags;
    }
    /// What consistency and flags take at most.
    static constexpr std::size_t most_before_values = 2 + 4;
    void put_before_values(base::room_writer& room, std::uint32_t flags,
                           protocol_version version) const noexcept {
        room.put(static_cast<std::uint16_t>(level));
        if (version >= protocol_version::v5)
            room.put(flags);
        else
            room.put(static_cast<std::uint8_t>(flags));
    }
    /// What the rest takes at most.
    std::size_t most_after_values() const noexcept {
        return 4 + 4 + (paging_state ? paging_state->size() : 0) + 2 + 8 + 2 + keyspace.size() + 4;
    }
    void put_after_values(base::room_writer& room) const noexcept {
        if (page_size)
            room.put(static_cast<std::uint32_t>(*page_size));
        if (paging_state) {
            room.put(static_cast<std::uint32_t>(paging_state->size()));
            room.put(*paging_state);
        }
        if (serial_level)
            room.put(static_cast<std::uint16_t>(*serial_level));
        if (timestamp)
            room.put(static_cast<std::uint64_t>(*timestamp));
        if (!keyspace.empty()) {
            room.put(static_cast<std::uint16_t>(keyspace.size()));
            room.put(wire::as_bytes(keyspace));
        }
        if (now_in_seconds)
            room.put(static_cast<std::uint32_t>(*now_in_seconds));
    }
};

} // namespace cocql::message
