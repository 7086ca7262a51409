#include "core/wire/lz4_block.hpp"

#include <cstring>
#include <limits>
#include <lz4.h>

namespace cocql::wire {

namespace {

constexpr std::size_t int_limit = std::numeric_limits<int>::max();

} // namespace

std::size_t compress_lz4_block(std::span<const std::byte> bytes,
                               std::span<std::byte> room) noexcept {
    if (bytes.size() > LZ4_MAX_INPUT_SIZE || room.empty())
        return 0;
    const auto capacity = room.size() < int_limit ? room.size() : int_limit;
    const int length = LZ4_compress_default(
        reinterpret_cast<const char*>(bytes.data()), reinterpret_cast<char*>(room.data()),
        static_cast<int>(bytes.size()), static_cast<int>(capacity));
    return length > 0 ? static_cast<std::size_t>(length) : 0;
}

bool lz4_block_can_become(std::span<const std::byte> block, std::size_t length) noexcept {
    return length <= int_limit && block.size() <= int_limit && length / 255 <= block.size();
}

result<void> decompress_lz4_block(std::span<const std::byte> block, std::span<std::byte> room) {
    const auto corrupt = [] {
        return error(errc::protocol_error, "an lz4 block is corrupt or not as long as announced");
    };
    if (!lz4_block_can_become(block, room.size()))
        return corrupt();
    if (room.empty()) {
        // Nothing, or the one block that stands for nothing.
        if (block.empty() || (block.size() == 1 && block.front() == std::byte{0}))
            return {};
        return corrupt();
    }
    // A match of offset 0 is invalid, but the library lets it pass and leaves in the room what was
    // there: nothing of an earlier use may be.
    std::memset(room.data(), 0, room.size());
    // Never LZ4_decompress_fast: it trusts the length.
    const int length = LZ4_decompress_safe(
        reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(room.data()),
        static_cast<int>(block.size()), static_cast<int>(room.size()));
    if (length < 0 || static_cast<std::size_t>(length) != room.size())
        return corrupt();
    return {};
}

} // namespace cocql::wire
