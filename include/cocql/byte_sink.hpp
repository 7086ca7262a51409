#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace cocql {

class bound_statement;
namespace detail {
class binding;
}
namespace message {
class bound_execute;
}

/// Where values are written to on their way to the server. The values of most statements lie in the
/// object itself; the memory of longer ones is kept for the next one of the same thread, and that
/// of very long ones is shared with copies and with what is being sent.
///
/// A codec that cannot write a value says why with fail(); what was written is then of no use.
class byte_sink {
  public:
    /// Shorter values are copied by whoever sends them: that costs less than passing them on.
    static constexpr std::size_t shortest_shared = 16 * 1024;

    byte_sink() noexcept = default;
    byte_sink(const byte_sink& other)
        : why_(other.why_ ? std::make_unique<std::string>(*other.why_) : nullptr),
          has_unset_(other.has_unset_) {
        if (other.shared_)
            take_shared(other);
        else
            put(other.bytes());
    }
    byte_sink& operator=(const byte_sink& other) { return *this = byte_sink(other); }
    byte_sink(byte_sink&& other) noexcept { *this = std::move(other); }
    byte_sink& operator=(byte_sink&& other) noexcept {
        if (this == &other)
            return *this;
        if (has_block())
            free();
        if (other.has_block()) {
            bytes_ = std::exchange(other.bytes_, other.small_);
            capacity_ = std::exchange(other.capacity_, small_size);
        } else {
            bytes_ = small_;
            capacity_ = small_size;
            std::memcpy(small_, other.small_, other.size_);
        }
        size_ = std::exchange(other.size_, 0);
        shared_ = std::move(other.shared_);
        why_ = std::move(other.why_);
        has_unset_ = std::exchange(other.has_unset_, false);
        return *this;
    }
    ~byte_sink() {
        if (has_block())
            free();
    }

    std::span<const std::byte> bytes() const noexcept { return {bytes_, size_}; }
    std::size_t size() const noexcept { return size_; }

    /// Makes room for so many more bytes, when it is known before how many there will be.
    void reserve(std::size_t more) {
        if (capacity_ - size_ < more)
            reallocate(more);
    }

    void put(std::span<const std::byte> bytes) {
        if (!bytes.empty())
            std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
    }
    void put(std::string_view text) { put(std::as_bytes(std::span(text.data(), text.size()))); }
    void put_byte(std::byte byte) { *grow(1) = byte; }
    /// In network byte order.
    template <std::unsigned_integral Number>
    void put_number(Number number) {
        store(grow(sizeof(Number)), number);
    }

    /// A number as a [bytes].
    template <std::unsigned_integral Number>
    void put_cell(Number number) {
        auto* const at = grow(4 + sizeof(Number));
        store(at, static_cast<std::uint32_t>(sizeof(Number)));
        store(at + 4, number);
    }

    /// Begins a [bytes]: leaves room for its length, which end_cell() fills in.
    std::size_t begin_cell() {
        grow(4);
        return size_;
    }
    void end_cell(std::size_t mark) {
        const auto length = size_ - mark;
        if (length > 0x7fffffff)
            fail("longer than 2^31 - 1 bytes");
        overwrite(mark - 4, static_cast<std::uint32_t>(length));
    }
    void put_null() { put_number(~std::uint32_t{0}); }
    /// "Leave it as it is"; only for a whole marker, since protocol v4.
    void put_unset() {
        put_number(~std::uint32_t{1});
        has_unset_ = true;
    }
    bool has_unset() const noexcept { return has_unset_; }

    /// The first reason is kept. It must not quote the value: texts of errors reach logs.
    void fail(std::string why) {
        if (!why_)
            why_ = std::make_unique<std::string>(std::move(why));
    }
    bool failed() const noexcept { return why_ != nullptr; }
    /// Whether there is nothing to be destroyed.
    bool is_trivial() const noexcept { return !has_block() && why_ == nullptr; }
    /// Empty when nothing failed.
    std::string why() const { return why_ ? *why_ : std::string(); }

  private:
    friend class bound_statement;
    friend class detail::binding;
    friend class message::bound_execute; ///< which leaves long values where they are

    /// A multiple of sixteen bytes, in which short values are copied.
    static constexpr std::size_t small_size = 64;

    bool has_block() const noexcept { return bytes_ != small_; }
    std::byte* grow(std::size_t count) {
        if (capacity_ - size_ < count)
            reallocate(count);
        auto* room = bytes_ + size_;
        size_ += count;
        return room;
    }
    void reallocate(std::size_t more);
    void free() noexcept;
    /// All is written; from now on it may be read on several threads.
    void finish() const {
        if (size_ >= shortest_shared) [[unlikely]]
            share();
    }
    /// The block, for others to keep as well; there must be one. It is not written to any more: to
    /// go on writing begins another one. The first call is to be by whoever alone has this.
    const std::shared_ptr<const std::byte[]>& share() const;
    void take_shared(const byte_sink& other) noexcept {
        shared_ = other.shared_;
        bytes_ = other.bytes_;
        size_ = capacity_ = other.size_;
    }
    void overwrite(std::size_t position, std::uint32_t number) noexcept {
        store(bytes_ + position, number);
    }
    /// With the compiler's own byte swap: g++ 12 does not see one in a loop over bytes.
    template <std::unsigned_integral Number>
    static void store(std::byte* at, Number number) noexcept {
        if constexpr (std::endian::native == std::endian::little) {
            if constexpr (sizeof(Number) == 2)
                number = __builtin_bswap16(number);
            else if constexpr (sizeof(Number) == 4)
                number = __builtin_bswap32(number);
            else if constexpr (sizeof(Number) == 8)
                number = __builtin_bswap64(number);
        }
        std::memcpy(at, &number, sizeof(Number));
    }

    std::byte* bytes_ = small_;
    std::size_t size_ = 0;
    mutable std::size_t capacity_ = small_size;
    /// Owns the block; null: the block is ours alone.
    mutable std::shared_ptr<const std::byte[]> shared_;
    std::unique_ptr<std::string> why_; ///< null: nothing failed
    bool has_unset_ = false;
    std::byte small_[small_size];
};

} // namespace cocql
