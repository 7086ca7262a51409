#include "core/base/recycling.hpp"

#include <cocql/byte_sink.hpp>

#include <algorithm>

namespace cocql {

namespace {

constexpr std::size_t first_capacity = 256;
/// What is left behind a long value, so that a few short ones after it do not move it.
constexpr std::size_t spare = 256;

} // namespace

void byte_sink::reallocate(std::size_t more) {
    const auto capacity = std::max({size_ + more + spare, 2 * capacity_, first_capacity});
    auto* const larger = static_cast<std::byte*>(base::allocate_recycled(capacity));
    std::memcpy(larger, bytes_, size_);
    if (has_block())
        free();
    bytes_ = larger;
    capacity_ = capacity;
}

void byte_sink::free() noexcept {
    if (shared_)
        shared_.reset();
    else
        base::free_recycled(bytes_, capacity_);
}

const std::shared_ptr<const std::byte[]>& byte_sink::share() const {
    if (shared_)
        return shared_;
    const auto give_back = [capacity = capacity_](const std::byte* block) {
        base::free_recycled(const_cast<std::byte*>(block), capacity);
    };
    shared_ = std::shared_ptr<const std::byte[]>(bytes_, give_back,
                                                 base::recycling_allocator<std::byte>());
    capacity_ = size_;
    return shared_;
}

} // namespace cocql
