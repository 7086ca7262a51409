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

/// Where values are written to on their way to the server. Its memory is kept for the next one of
/// the same thread, so that small statements cost no allocation; moving it moves a pointer.
///
/// A codec that cannot write a value says why with fail(); what was written is then of no use.
class byte_sink {
  public:
    byte_sink() noexcept = default;
    byte_sink(const byte_sink& other)
        : why_(other.why_ ? std::make_unique<std::string>(*other.why_) : nullptr),
          has_unset_(other.has_unset_) {
        put(other.bytes());
    }
    byte_sink& operator=(const byte_sink& other) { return *this = byte_sink(other); }
    byte_sink(byte_sink&& other) noexcept
        : bytes_(std::exchange(other.bytes_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)),
          why_(std::move(other.why_)),
          has_unset_(std::exchange(other.has_unset_, false)) {}
    byte_sink& operator=(byte_sink&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        std::swap(why_, other.why_);
        std::swap(has_unset_, other.has_unset_);
        return *this;
    }
    ~byte_sink() {
        if (bytes_ != nullptr)
            free();
    }

    std::span<const std::byte> bytes() const noexcept { return {bytes_, size_}; }
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
        if (!why_)
            why_ = std::make_unique<std::string>(std::move(why));
    }
    bool failed() const noexcept { return why_ != nullptr; }
    /// Empty when nothing failed.
    std::string why() const { return why_ ? *why_ : std::string(); }

  private:
    std::byte* grow(std::size_t count) {
        if (capacity_ - size_ < count)
            reallocate(count);
        auto* room = bytes_ + size_;
        size_ += count;
        return room;
    }
    void reallocate(std::size_t more);
    void free() noexcept;
    void overwrite(std::size_t position, std::uint32_t number) noexcept {
        for (std::size_t i = 0; i < 4; ++i)
            bytes_[position + i] = static_cast<std::byte>(number >> (24 - 8 * i) & 0xff);
    }

    std::byte* bytes_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::unique_ptr<std::string> why_; ///< null: nothing failed
    bool has_unset_ = false;
};

} // namespace cocql
