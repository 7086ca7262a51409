#include <cocql/byte_sink.hpp>

#include <algorithm>

namespace cocql {

void byte_sink::reallocate(std::size_t more) {
    const auto capacity = std::max(size_ + more, 2 * capacity_);
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (size_ != 0)
        std::memcpy(larger.get(), data(), size_);
    heap_ = std::move(larger);
    capacity_ = capacity;
}

void byte_sink::take(byte_sink& other) noexcept {
    heap_ = std::move(other.heap_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, inline_capacity);
    why_ = std::exchange(other.why_, std::string());
    has_unset_ = std::exchange(other.has_unset_, false);
    if (!heap_ && size_ != 0)
        std::memcpy(here_, other.here_, size_);
}

} // namespace cocql
