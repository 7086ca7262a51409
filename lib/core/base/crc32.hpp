#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocql::base {

/// zlib's CRC-32. `before` is the result over the bytes that come before these, so that a run can
/// be checked in pieces.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

} // namespace cocql::base
