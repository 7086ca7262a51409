#include "core/base/recycling.hpp"

namespace cocql::base::detail {

namespace {

/// A thread keeps half a megabyte of short blocks at most, and four of long ones.
constexpr std::size_t most_of(std::size_t index) noexcept {
    return (block_cache::smallest << index) <= 16 * 1024 ? 16 : 2;
}

/// Made when a thread keeps its first block.
class at_thread_end {
  public:
    at_thread_end() noexcept {
        for (std::size_t i = 0; i < block_cache::classes; ++i)
            free_blocks.lists[i].room = most_of(i);
    }
    ~at_thread_end() {
        for (auto& list : free_blocks.lists) {
            while (list.first != nullptr)
                ::operator delete(block_cache::pop(list));
            list.room = 0; // what is freed from now on is not kept
        }
    }
    at_thread_end(const at_thread_end&) = delete;
    at_thread_end& operator=(const at_thread_end&) = delete;

    static constinit thread_local bool begun;
};
constinit thread_local bool at_thread_end::begun = false;

} // namespace

[[gnu::tls_model("initial-exec")]] constinit thread_local block_cache free_blocks{};

void free_block(void* block, std::size_t index) noexcept {
    if (at_thread_end::begun)
        return ::operator delete(block);
    at_thread_end::begun = true;
    static thread_local const at_thread_end registered;
    static_cast<void>(registered);
    auto& list = free_blocks.lists[index];
    list.first = ::new (block) block_cache::link{list.first};
    --list.room;
}

} // namespace cocql::base::detail
