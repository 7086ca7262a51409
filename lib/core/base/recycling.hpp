#pragma once

#include <cstddef>

namespace cocql::base {

/// Memory that comes and goes with every request, always in the same sizes: each thread keeps a few
/// blocks of each size for the next one instead of giving them back. What is longer than
/// `longest_recycled` is allocated and freed as ever. May be freed on another thread than it was
/// allocated on; throws std::bad_alloc.
///
/// Off under AddressSanitizer, which would not see a use after free.
void* allocate_recycled(std::size_t size);
void free_recycled(void* block, std::size_t size) noexcept;

inline constexpr std::size_t longest_recycled = 16 * 1024;

/// The same for std::allocate_shared() and containers.
template <class T>
class recycling_allocator {
  public:
    using value_type = T;

    recycling_allocator() noexcept = default;
    template <class Other>
    recycling_allocator(const recycling_allocator<Other>&) noexcept {}

    T* allocate(std::size_t count) { return static_cast<T*>(allocate_recycled(count * sizeof(T))); }
    void deallocate(T* block, std::size_t count) noexcept {
        free_recycled(block, count * sizeof(T));
    }

    friend bool operator==(const recycling_allocator&, const recycling_allocator&) noexcept {
        return true;
    }
};

/// For std::allocate_shared() of one object with room behind it, in one allocation: `room` is set
/// to where the room begins when the object is made.
template <class T>
class tail_allocator {
  public:
    using value_type = T;

    tail_allocator(std::size_t tail, std::byte*& room) noexcept : tail_(tail), room_(&room) {}
    template <class Other>
    tail_allocator(const tail_allocator<Other>& other) noexcept
        : tail_(other.tail_), room_(other.room_) {}

    T* allocate(std::size_t count) {
        auto* const block = static_cast<std::byte*>(allocate_recycled(count * sizeof(T) + tail_));
        *room_ = block + count * sizeof(T);
        return reinterpret_cast<T*>(block);
    }
    void deallocate(T* block, std::size_t count) noexcept {
        free_recycled(block, count * sizeof(T) + tail_);
    }

    friend bool operator==(const tail_allocator& left, const tail_allocator& right) noexcept {
        return left.tail_ == right.tail_;
    }

  private:
    template <class>
    friend class tail_allocator;

    std::size_t tail_;
    std::byte** room_; ///< not looked at after allocate()
};

} // namespace cocql::base
