#include "core/base/recycling.hpp"

#include <array>
#include <bit>
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

#if COCQL_RECYCLES
namespace {

constexpr std::size_t smallest = 64;
constexpr std::size_t classes = std::bit_width(longest_recycled / smallest);
/// Of each size. A thread keeps half a megabyte at most.
constexpr std::size_t most_kept = 16;

std::size_t class_of(std::size_t size) noexcept {
    return size <= smallest ? 0 : static_cast<std::size_t>(std::bit_width((size - 1) / smallest));
}

/// The blocks of one thread that are free, as lists through the blocks themselves.
class cache {
  public:
    constexpr cache() noexcept = default;
    ~cache() {
        for (auto& list : lists_) {
            while (list.first != nullptr)
                ::operator delete(pop(list));
            list.count = most_kept; // what is freed from now on, at the thread's end, is not kept
        }
    }
    cache(const cache&) = delete;
    cache& operator=(const cache&) = delete;

    void* take(std::size_t index) noexcept {
        auto& list = lists_[index];
        return list.first != nullptr ? pop(list) : nullptr;
    }
    bool keep(void* block, std::size_t index) noexcept {
        auto& list = lists_[index];
        if (list.count == most_kept)
            return false;
        list.first = ::new (block) link{list.first};
        ++list.count;
        return true;
    }

  private:
    struct link {
        link* next;
    };
    struct list {
        link* first = nullptr;
        std::size_t count = 0;
    };

    static void* pop(list& from) noexcept {
        auto* const block = from.first;
        from.first = block->next;
        --from.count;
        return block;
    }

    std::array<list, classes> lists_{};
};

constinit thread_local cache kept;

} // namespace
#endif

void* allocate_recycled(std::size_t size) {
#if COCQL_RECYCLES
    if (size <= longest_recycled) {
        const auto index = class_of(size);
        if (void* const block = kept.take(index))
            return block;
        return ::operator new(smallest << index);
    }
#endif
    return ::operator new(size);
}

void free_recycled(void* block, [[maybe_unused]] std::size_t size) noexcept {
#if COCQL_RECYCLES
    if (size <= longest_recycled && kept.keep(block, class_of(size)))
        return;
#endif
    ::operator delete(block);
}

} // namespace cocql::base
