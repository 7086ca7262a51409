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

/// Where values are written to on their way to the server. Small statements never touch the heap.
///
/// A codec that cannot write a value says why with fail(); what was written is then of no use.
class byte_sink {
  public:
    byte_sink() noexcept = default;
    byte_sink(const byte_sink& other) : why_(other.why_), has_unset_(other.has_unset_) {
        put(other.bytes());
    }
    byte_sink& operator=(const byte_sink& other) { return *this = byte_sink(other); }
    byte_sink(byte_sink&& other) noexcept { take(other); }
    byte_sink& operator=(byte_sink&& other) noexcept {
        if (this != &other)
            take(other);
        return *this;
    }

    std::span<const std::byte> bytes() const noexcept { return {data(), size_}; }
    std::size_t size() const noexcept { return size_; }

    void put(std::span<const std::byte> bytes) {
        if (!bytes.empty())
            std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
    }
    void put(std::string_view text) { put(std::as_bytes(std::span(text.data(), text.size()))); }
    void put_byte(std::byte byte) { *grow(1) = byte; }
    /// In network byte order.
    template <std::unsigned_integral Number>
    void put_number(Number number) {
        auto* at = grow(sizeof(Number));
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            at[i] = static_cast<std::byte>(number >> (8 * (sizeof(Number) - 1 - i)) & 0xff);
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
        if (why_.empty())
            why_ = std::move(why);
    }
    bool failed() const noexcept { return !why_.empty(); }
    const std::string& why() const noexcept { return why_; }

  private:
    std::byte* data() noexcept { return heap_ ? heap_.get() : here_; }
    const std::byte* data() const noexcept { return heap_ ? heap_.get() : here_; }
    std::byte* grow(std::size_t count) {
        if (capacity_ - size_ < count)
            reallocate(count);
        auto* room = data() + size_;
        size_ += count;
        return room;
    }
    void reallocate(std::size_t more);
    void overwrite(std::size_t position, std::uint32_t number) noexcept {
        for (std::size_t i = 0; i < 4; ++i)
            data()[position + i] = static_cast<std::byte>(number >> (24 - 8 * i) & 0xff);
    }
    void take(byte_sink& other) noexcept;

    static constexpr std::size_t inline_capacity = 192;

    std::unique_ptr<std::byte[]> heap_;
    std::size_t size_ = 0;
    std::size_t capacity_ = inline_capacity;
    std::string why_;
    bool has_unset_ = false;
    std::byte here_[inline_capacity];
};

} // namespace cocql
