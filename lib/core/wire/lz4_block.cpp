#include "core/wire/lz4_block.hpp"

#include <limits>
#include <lz4.h>

namespace cocql::wire {

namespace {

constexpr std::size_t int_limit = std::numeric_limits<int>::max();

/// A length that does not fit its four bits goes on in bytes, the last one below 255.
std::size_t read_length(std::span<const std::byte> block, std::size_t& at,
                        std::size_t length) noexcept {
    if (length != 15)
        return length;
    std::size_t more = 255;
    while (more == 255 && at < block.size()) {
        more = std::to_integer<std::size_t>(block[at++]);
        length += more;
    }
    return length;
}

/// Whether a block that the library has read without complaint refers to "0 bytes ago", which is
/// invalid (lz4_Block_format.md, "Offsets"). The library lets it pass and leaves in the room what
/// was there before; encoders have been seen that write it for 65,536.
bool has_offset_0(std::span<const std::byte> block) noexcept {
    for (std::size_t at = 0; at < block.size();) {
        const auto token = std::to_integer<std::size_t>(block[at++]);
        const auto literals = read_length(block, at, token >> 4);
        at += literals;
        if (at + 2 > block.size())
            return false; // the last sequence has literals only
        if (block[at] == std::byte{0} && block[at + 1] == std::byte{0})
            return true;
        at += 2;
        read_length(block, at, token & 15);
    }
    return false;
}

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
    // Never LZ4_decompress_fast: it trusts the length.
    const int length = LZ4_decompress_safe(
        reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(room.data()),
        static_cast<int>(block.size()), static_cast<int>(room.size()));
    if (length < 0 || static_cast<std::size_t>(length) != room.size() || has_offset_0(block))
        return corrupt();
    return {};
}

} // namespace cocql::wire
