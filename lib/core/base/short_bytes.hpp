#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

/// Short runs of bytes, copied and compared without a call: it would cost more than the work.
/// Nothing outside of the runs is touched; the last block of each overlaps the one before it.
namespace cocql::base {

/// Of both g++ and clang, for any machine.
using block_of_sixteen [[gnu::vector_size(16)]] = std::uint64_t;

inline block_of_sixteen load_block(const std::byte* from) noexcept {
    block_of_sixteen block;
    std::memcpy(&block, from, sizeof block);
    return block;
}
inline void store_block(std::byte* to, block_of_sixteen block) noexcept {
    std::memcpy(to, &block, sizeof block);
}

/// Sixteen bytes at least, which do not overlap.
inline void copy_short(std::byte* to, const std::byte* from, std::size_t size) noexcept {
    const auto last = load_block(from + size - 16);
    for (std::size_t i = 0; i + 16 < size; i += 16)
        store_block(to + i, load_block(from + i));
    store_block(to + size - 16, last);
}

/// Eight bytes at least.
inline bool equal_short(const std::byte* left, const std::byte* right, std::size_t size) noexcept {
    if (size < 16) {
        const auto eight_at = [](const std::byte* from) {
            std::uint64_t eight;
            std::memcpy(&eight, from, sizeof eight);
            return eight;
        };
        return ((eight_at(left) ^ eight_at(right)) |
                (eight_at(left + size - 8) ^ eight_at(right + size - 8))) == 0;
    }
    auto differ = load_block(left + size - 16) ^ load_block(right + size - 16);
    for (std::size_t i = 0; i + 16 < size; i += 16)
        differ |= load_block(left + i) ^ load_block(right + i);
    return (differ[0] | differ[1]) == 0;
}

} // namespace cocql::base
