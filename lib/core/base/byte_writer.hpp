#pragma once

#include "core/base/big_endian.hpp"
#include "core/base/buffer.hpp"
#include "core/base/piece_apart.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace cocql::base {

/// Fills room that was made before, in network byte order. Whoever made it knows that it is enough.
class room_writer {
  public:
    explicit room_writer(std::byte* begin) noexcept : at_(begin) {}

    template <std::unsigned_integral T>
    void put(T value) noexcept {
        store_big_endian(at_, value);
        at_ += sizeof(T);
    }
    void put(std::span<const std::byte> bytes) noexcept {
        const auto size = bytes.size();
        if (size >= 8 && size <= 16) {
            // Ids and short values, for which a call costs more than the copy.
            std::uint64_t first;
            std::uint64_t last;
            std::memcpy(&first, bytes.data(), 8);
            std::memcpy(&last, bytes.data() + size - 8, 8);
            std::memcpy(at_, &first, 8);
            std::memcpy(at_ + size - 8, &last, 8);
        } else if (size != 0) {
            std::memcpy(at_, bytes.data(), size);
        }
        at_ += size;
    }
    /// Short runs, sixteen bytes at a time: a call would cost more than the copy. There must be
    /// something to read and to overwrite for fifteen bytes behind.
    void put_in_blocks(const std::byte* bytes, std::size_t size) noexcept {
        for (std::size_t done = 0; done < size; done += block)
            std::memcpy(at_ + done, bytes + done, block);
        at_ += size;
    }
    static constexpr std::size_t block = 16;
    std::byte* end() const noexcept { return at_; }

  private:
    std::byte* at_;
};

/// Appends to a buffer in network byte order. Borrows the buffer.
class byte_writer {
  public:
    /// With `apart`, whoever reads `out` puts the bytes that were left there where they belong.
    explicit byte_writer(buffer& out, piece_apart* apart = nullptr) noexcept
        : out_(out), apart_(apart) {}

    void write_u8(std::uint8_t value) { store_big_endian(out_.grow(1), value); }
    void write_u16(std::uint16_t value) { store_big_endian(out_.grow(2), value); }
    void write_u32(std::uint32_t value) { store_big_endian(out_.grow(4), value); }
    void write_u64(std::uint64_t value) { store_big_endian(out_.grow(8), value); }
    void write_i32(std::int32_t value) { write_u32(static_cast<std::uint32_t>(value)); }
    void write_i64(std::int64_t value) { write_u64(static_cast<std::uint64_t>(value)); }
    void write_bytes(std::span<const std::byte> bytes) { out_.append(bytes); }

    /// Room for so many bytes at most, to be filled at once. Nothing else may be written before
    /// used() says how far it was filled.
    room_writer room(std::size_t most) { return room_writer(out_.grow(most)); }
    void used(const room_writer& filled) noexcept {
        out_.truncate(static_cast<std::size_t>(filled.end() - out_.data()));
    }

    /// Whether one run of bytes may be left where it is, by write_apart().
    bool may_write_apart() const noexcept { return apart_ != nullptr && apart_->bytes.empty(); }
    void write_apart(shared_bytes bytes) noexcept {
        apart_->position = out_.size();
        apart_->bytes = std::move(bytes);
    }

    /// Leaves room to be filled in later, by way of written().
    void skip(std::size_t count) { out_.grow(count); }
    std::byte* written(std::size_t position) noexcept { return out_.data() + position; }

    /// For a length that its field cannot say: what was written is then of no use. The first reason
    /// is kept, which must be a literal.
    void fail(const char* why) noexcept {
        if (why_ == nullptr)
            why_ = why;
    }
    /// Null where nothing failed.
    const char* failure() const noexcept { return why_; }

    /// Bytes in the buffer so far: a mark for patch_i32().
    std::size_t position() const noexcept { return out_.size(); }
    /// Those written since such a mark, with what was left apart.
    std::size_t written_since(std::size_t mark) const noexcept {
        return out_.size() - mark + (apart_ != nullptr ? apart_->bytes.size() : 0);
    }
    /// Overwrites four bytes written earlier, for lengths known only afterwards.
    void patch_i32(std::size_t position, std::int32_t value) noexcept {
        store_big_endian(out_.data() + position, static_cast<std::uint32_t>(value));
    }

  private:
    buffer& out_;
    piece_apart* apart_;
    const char* why_ = nullptr;
};

} // namespace cocql::base
