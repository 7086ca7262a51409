#pragma once

#include "core/base/big_endian.hpp"

#include <cocql/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cocql::base {

/// Walks over bytes that a peer sent, never past their end.
///
/// A read that does not fit yields zero or an empty span and marks the reader as failed; every
/// later read fails too. So a decoder reads straight on and asks `failed()` where it matters:
/// before it loops or allocates by a number it has read, and at the end. The reader owns nothing.
class byte_reader {
  public:
    explicit byte_reader(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

    std::size_t remaining() const noexcept { return bytes_.size() - position_; }
    std::size_t position() const noexcept { return position_; }
    bool failed() const noexcept { return failed_; }
    bool at_end() const noexcept { return remaining() == 0; }
    /// The bytes not read yet.
    std::span<const std::byte> rest() const noexcept { return bytes_.subspan(position_); }

    std::uint8_t read_u8() noexcept { return read<std::uint8_t>(); }
    std::uint16_t read_u16() noexcept { return read<std::uint16_t>(); }
    std::uint32_t read_u32() noexcept { return read<std::uint32_t>(); }
    std::uint64_t read_u64() noexcept { return read<std::uint64_t>(); }
    std::int32_t read_i32() noexcept { return static_cast<std::int32_t>(read_u32()); }
    std::int64_t read_i64() noexcept { return static_cast<std::int64_t>(read_u64()); }

    /// The next `count` bytes, as a view into the input.
    std::span<const std::byte> read_bytes(std::size_t count) noexcept {
        if (failed_ || remaining() < count) {
            fail();
            return {};
        }
        auto view = bytes_.subspan(position_, count);
        position_ += count;
        return view;
    }

    /// Checks a number of elements, read from the peer, against the bytes that remain, each element
    /// taking at least `smallest` bytes: the result is safe to allocate by. Negative fails.
    std::size_t check_count(std::int64_t count, std::size_t smallest) noexcept {
        if (failed_ || count < 0 ||
            (smallest != 0 && static_cast<std::uint64_t>(count) > remaining() / smallest)) {
            fail();
            return 0;
        }
        return static_cast<std::size_t>(count);
    }

    void fail() noexcept {
        if (!failed_)
            failed_at_ = position_;
        failed_ = true;
    }

    /// `<what>: truncated or malformed at byte N of M`, as a protocol error.
    error failure(const std::string& what) const {
        return error(errc::protocol_error, what + ": truncated or malformed at byte " +
                                               std::to_string(failed_ ? failed_at_ : position_) +
                                               " of " + std::to_string(bytes_.size()));
    }

  private:
    template <class T>
    T read() noexcept {
        if (failed_ || remaining() < sizeof(T)) {
            fail();
            return T{};
        }
        auto value = load_big_endian<T>(bytes_.data() + position_);
        position_ += sizeof(T);
        return value;
    }

    std::span<const std::byte> bytes_;
    std::size_t position_ = 0;
    std::size_t failed_at_ = 0;
    bool failed_ = false;
};

} // namespace cocql::base
