#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocql::base {

/// The check of a v5 segment's header (native_protocol_v5.spec, section 2.1): polynomial 0x1974F0B,
/// begun with 0x875060. 24 bits.
std::uint32_t crc24(std::span<const std::byte> bytes) noexcept;

} // namespace cocql::base
