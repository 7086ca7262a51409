#pragma once

#include <bit>
#include <cstddef>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define COCQL_RECYCLES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COCQL_RECYCLES 0
#endif
#endif
#ifndef COCQL_RECYCLES
#define COCQL_RECYCLES 1
#endif

namespace cocql::base {

inline constexpr std::size_t longest_recycled = 1024 * 1024;

namespace detail {

/// The blocks of one thread that are free, as lists through the blocks themselves. Trivial, so that
/// every thread has one without a check whether it was made already; what its end frees is another
/// object's affair (recycling.cpp).
struct block_cache {
    static constexpr std::size_t smallest = 64;
    static constexpr std::size_t classes = std::bit_width(longest_recycled / smallest);

    struct link {
        link* next;
    };
    struct list {
        link* first;
        std::size_t room; ///< for so many more; 0 before the first one and after the thread's end
    };

    static std::size_t class_of(std::size_t size) noexcept {
        return size <= smallest ? 0
                                : static_cast<std::size_t>(std::bit_width((size - 1) / smallest));
    }
    static void* pop(list& from) noexcept {
        auto* const block = from.first;
        from.first = block->next;
        ++from.room;
        return block;
    }

    list lists[classes];
};

/// Initial-exec: otherwise the compiler has to take every access for a call, in code that may end
/// up in a shared library.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local block_cache free_blocks;
/// Where the list is full, or has not been begun.
void free_block(void* block, std::size_t index) noexcept;

} // namespace detail

/// Memory that comes and goes with every request, always in the same sizes: each thread keeps a few
/// blocks of each size for the next one instead of giving them back, the long ones because malloc
/// gives the memory of a page of rows back to the kernel each time. What is longer than
/// `longest_recycled` is allocated and freed as ever. May be freed on another thread than it was
/// allocated on; throws std::bad_alloc.
///
/// Off under AddressSanitizer, which would not see a use after free.
inline void* allocate_recycled(std::size_t size) {
#if COCQL_RECYCLES
    if (size <= longest_recycled) {
        const auto index = detail::block_cache::class_of(size);
        auto& list = detail::free_blocks.lists[index];
        if (list.first != nullptr) [[likely]]
            return detail::block_cache::pop(list);
        return ::operator new(detail::block_cache::smallest << index);
    }
#endif
    return ::operator new(size);
}
/// Which blocks of allocate_recycled() such a one is like, for free_recycled_of().
inline std::size_t recycled_class(std::size_t size) noexcept {
    return size <= longest_recycled ? detail::block_cache::class_of(size)
                                    : detail::block_cache::classes;
}
inline void free_recycled_of(std::size_t index, void* block) noexcept {
#if COCQL_RECYCLES
    if (index < detail::block_cache::classes) [[likely]] {
        auto& list = detail::free_blocks.lists[index];
        if (list.room == 0) [[unlikely]]
            return detail::free_block(block, index);
        list.first = ::new (block) detail::block_cache::link{list.first};
        --list.room;
        return;
    }
#else
    static_cast<void>(index);
#endif
    ::operator delete(block);
}
inline void free_recycled(void* block, std::size_t size) noexcept {
    free_recycled_of(recycled_class(size), block);
}

/// A block of that class if one is kept, otherwise null: for functions that call nothing on their
/// usual way.
inline void* take_recycled_of([[maybe_unused]] std::size_t index) noexcept {
#if COCQL_RECYCLES
    auto& list = detail::free_blocks.lists[index];
    if (list.first != nullptr) [[likely]]
        return detail::block_cache::pop(list);
#endif
    return nullptr;
}

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

} // namespace cocql::base
