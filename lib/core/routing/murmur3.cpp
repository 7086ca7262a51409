#include "core/routing/murmur3.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace cocql::routing {

namespace {

constexpr std::uint64_t factor_of_first = 0x87c37b91114253d5;
constexpr std::uint64_t factor_of_second = 0x4cf5ad432745937f;

std::uint64_t little_endian(const std::byte* from) noexcept {
    std::uint64_t value = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, from, sizeof(value));
    } else {
        for (int i = 7; i >= 0; --i)
            value = value << 8 | std::to_integer<std::uint64_t>(from[i]);
    }
    return value;
}

std::uint64_t mixed_first(std::uint64_t value) noexcept {
    return std::rotl(value * factor_of_first, 31) * factor_of_second;
}

std::uint64_t mixed_second(std::uint64_t value) noexcept {
    return std::rotl(value * factor_of_second, 33) * factor_of_first;
}

std::uint64_t finished(std::uint64_t value) noexcept {
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccd;
    value ^= value >> 33;
    value *= 0xc4ceb9fe1a85ec53;
    return value ^ value >> 33;
}

/// One to eight bytes as a little-endian number.
std::uint64_t few_bytes(const std::byte* from, std::size_t count) noexcept {
    if (count == 8)
        return little_endian(from);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value |= std::to_integer<std::uint64_t>(from[i]) << (8 * i);
    return value;
}

/// Up to eight bytes behind the last block. Each negative one turns over all bits above it: which
/// bytes are turned over follows from how many negative ones are below each.
std::uint64_t signed_bytes(const std::byte* from, std::size_t count) noexcept {
    constexpr std::uint64_t one_each = 0x0101010101010101;
    const auto value = few_bytes(from, count);
    const auto negative = (value >> 7) & one_each;
    const auto negative_below = negative * (one_each << 8);
    return value ^ (negative_below & one_each) * 0xff;
}

} // namespace

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
        second ^= mixed_second(signed_bytes(rest + 8, size - 8));
    if (size > 0)
        first ^= mixed_first(signed_bytes(rest, std::min<std::size_t>(size, 8)));
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
