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
    base::free_recycled(bytes_, capacity_);
}

} // namespace cocql
