#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace cocql::base {

/// A growing run of bytes that, unlike std::vector, does not write zeros into room that is about to
/// be overwritten. Owns its bytes; moving it moves them.
class buffer {
  public:
    buffer() = default;
    explicit buffer(std::size_t capacity) { reserve(capacity); }
    buffer(buffer&& other) noexcept
        : bytes_(std::move(other.bytes_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    buffer& operator=(buffer&& other) noexcept {
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }

    std::byte* data() noexcept { return bytes_.get(); }
    const std::byte* data() const noexcept { return bytes_.get(); }
    std::size_t size() const noexcept { return size_; }
    std::size_t capacity() const noexcept { return capacity_; }
    bool empty() const noexcept { return size_ == 0; }
    std::span<const std::byte> view() const noexcept { return {bytes_.get(), size_}; }
    operator std::span<const std::byte>() const noexcept { return view(); }

    /// Forgets the bytes, keeps the room.
    void clear() noexcept { size_ = 0; }
    /// Cuts the end off; `size` must not exceed size().
    void truncate(std::size_t size) noexcept { size_ = size; }
    void reserve(std::size_t capacity) {
        if (capacity > capacity_)
            reallocate(capacity);
    }
    /// Whether so many more bytes can be had without growing.
    bool has_room(std::size_t count) const noexcept { return capacity_ - size_ >= count; }
    /// Room for `count` more bytes at the end, uninitialised; the pointer is valid until the next
    /// growth.
    std::byte* grow(std::size_t count) {
        if (capacity_ - size_ < count)
            reallocate(size_ + count > 2 * capacity_ ? size_ + count : 2 * capacity_);
        auto* room = bytes_.get() + size_;
        size_ += count;
        return room;
    }
    void append(std::span<const std::byte> bytes) {
        if (bytes.empty())
            return;
        std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
    }

  private:
    void reallocate(std::size_t capacity) {
        auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
        if (size_ != 0)
            std::memcpy(larger.get(), bytes_.get(), size_);
        bytes_ = std::move(larger);
        capacity_ = capacity;
    }

    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace cocql::base
