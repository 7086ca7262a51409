#pragma once

#include "core/base/big_endian.hpp"
#include "core/base/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocql::base {

/// Appends to a buffer in network byte order. Borrows the buffer.
class byte_writer {
  public:
    explicit byte_writer(buffer& out) noexcept : out_(out) {}

    void write_u8(std::uint8_t value) { store_big_endian(out_.grow(1), value); }
    void write_u16(std::uint16_t value) { store_big_endian(out_.grow(2), value); }
    void write_u32(std::uint32_t value) { store_big_endian(out_.grow(4), value); }
    void write_u64(std::uint64_t value) { store_big_endian(out_.grow(8), value); }
    void write_i32(std::int32_t value) { write_u32(static_cast<std::uint32_t>(value)); }
    void write_i64(std::int64_t value) { write_u64(static_cast<std::uint64_t>(value)); }
    void write_bytes(std::span<const std::byte> bytes) { out_.append(bytes); }

    /// Bytes in the buffer so far: a mark for patch_i32().
    std::size_t position() const noexcept { return out_.size(); }
    /// Overwrites four bytes written earlier, for lengths known only afterwards.
    void patch_i32(std::size_t position, std::int32_t value) noexcept {
        store_big_endian(out_.data() + position, static_cast<std::uint32_t>(value));
    }

  private:
    buffer& out_;
};

} // namespace cocql::base
