#include "core/routing/murmur3.hpp"

#include <algorithm>

namespace cocql::routing {

/// One to eight bytes as a little-endian number.
std::uint64_t murmur3::few_bytes(const std::byte* from, std::size_t count) noexcept {
    if (count == 8)
        return little_endian(from);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value |= std::to_integer<std::uint64_t>(from[i]) << (8 * i);
    return value;
}

void murmur3::take_block(const std::byte* block) noexcept {
    first_ ^= mixed_first(little_endian(block));
    first_ = (std::rotl(first_, 27) + second_) * 5 + 0x52dce729;
    second_ ^= mixed_second(little_endian(block + 8));
    second_ = (std::rotl(second_, 31) + first_) * 5 + 0x38495ab5;
}

void murmur3::update(std::span<const std::byte> bytes) noexcept {
    length_ += bytes.size();
    if (rest_size_ != 0) {
        const auto more = bytes.first(std::min(bytes.size(), block_size - rest_size_));
        std::copy(more.begin(), more.end(), rest_ + rest_size_);
        rest_size_ += more.size();
        bytes = bytes.subspan(more.size());
        if (rest_size_ < block_size)
            return;
        take_block(rest_);
    }
    while (bytes.size() >= block_size) {
        take_block(bytes.data());
        bytes = bytes.subspan(block_size);
    }
    std::copy(bytes.begin(), bytes.end(), rest_);
    rest_size_ = bytes.size();
}

inline std::int64_t murmur3::finish(const std::byte* rest, std::size_t size) const noexcept {
    auto first = first_;
    auto second = second_;
    if (size > 8)
        second ^= mixed_second(turned_over(few_bytes(rest + 8, size - 8)));
    if (size > 0)
        first ^= mixed_first(turned_over(few_bytes(rest, std::min<std::size_t>(size, 8))));
    first ^= length_;
    second ^= length_;
    first += second;
    second += first;
    return static_cast<std::int64_t>(finished(first) + finished(second));
}

std::int64_t murmur3::finish() const noexcept {
    return finish(rest_, rest_size_);
}

std::int64_t murmur3::of(std::span<const std::byte> bytes) noexcept {
    murmur3 hash;
    hash.length_ = bytes.size();
    for (; bytes.size() >= block_size; bytes = bytes.subspan(block_size))
        hash.take_block(bytes.data());
    return hash.finish(bytes.data(), bytes.size());
}

} // namespace cocql::routing
