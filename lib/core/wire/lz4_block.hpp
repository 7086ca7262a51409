#pragma once

#include <cocql/result.hpp>

#include <cstddef>
#include <span>

/// One block of LZ4 without anything around it: whoever sends it says how long its bytes were.
namespace cocql::wire {

/// Compresses into `room`; returns the length, or 0 when it does not fit (or the input is longer
/// than LZ4 takes).
std::size_t compress_lz4_block(std::span<const std::byte> bytes,
                               std::span<std::byte> room) noexcept;

/// Whether a block of that length can become `length` bytes: the format stretches a byte to 255 at
/// most. To be asked before anything is allocated.
bool lz4_block_can_become(std::span<const std::byte> block, std::size_t length) noexcept;

/// Fills exactly `room`; errc::protocol_error when the block is corrupt or its bytes are fewer or
/// more.
result<void> decompress_lz4_block(std::span<const std::byte> block, std::span<std::byte> room);

} // namespace cocql::wire
