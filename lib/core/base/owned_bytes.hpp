#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace cocql::base {

/// Bytes together with the block that they lie in: to be passed on where others would copy them.
class owned_bytes {
  public:
    owned_bytes() noexcept = default;
    /// Takes over a block of allocate_recycled(capacity), whose first `size` bytes are meant.
    owned_bytes(std::byte* block, std::size_t size, std::size_t capacity) noexcept
        : block_(block), size_(size), capacity_(capacity) {}
    owned_bytes(owned_bytes&& other) noexcept
        : block_(std::exchange(other.block_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          capacity_(other.capacity_) {}
    owned_bytes& operator=(owned_bytes&& other) noexcept {
        std::swap(block_, other.block_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    ~owned_bytes() {
        if (block_ != nullptr)
            free();
    }

    std::span<const std::byte> view() const noexcept { return {block_, size_}; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

  private:
    /// A function of its own: coroutines destroy these, and clang 14 may keep the address of a
    /// thread's memory in a coroutine that goes on in another thread.
    void free() noexcept;

    std::byte* block_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

/// Bytes that belong into a buffer and lie elsewhere.
struct piece_apart {
    std::size_t position = 0; ///< so many of the buffer's bytes come before it
    owned_bytes bytes;        ///< empty: there is no such piece
};

} // namespace cocql::base
