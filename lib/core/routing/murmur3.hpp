#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace cocql::routing {

/// MurmurHash3 (x64, 128 bits, seed 0) as Cassandra computes it: the bytes behind the last whole
/// block are taken as signed, which is not what the hash's author does, and only the first half of
/// the result counts (org.apache.cassandra.utils.MurmurHash, hash3_x64_128).
///
/// Bytes may come in pieces, as the columns of a partition key do.
class murmur3 {
  public:
    /// Of bytes that are all there.
    static std::int64_t of(std::span<const std::byte> bytes) noexcept;
    /// Of eight, which most keys have: numbers and moments. In line, as a part of what a request
    /// costs.
    static std::int64_t of_eight(const std::byte* bytes) noexcept {
        constexpr std::uint64_t length = 8;
        const auto first = (mixed_first(turned_over(little_endian(bytes))) ^ length) + length;
        return static_cast<std::int64_t>(finished(first) + finished(first + length));
    }

    void update(std::span<const std::byte> bytes) noexcept;
    std::int64_t finish() const noexcept;

  private:
    static constexpr std::size_t block_size = 16;

    static constexpr std::uint64_t factor_of_first = 0x87c37b91114253d5;
    static constexpr std::uint64_t factor_of_second = 0x4cf5ad432745937f;

    static std::uint64_t little_endian(const std::byte* from) noexcept {
        std::uint64_t value = 0;
        if constexpr (std::endian::native == std::endian::little) {
            std::memcpy(&value, from, sizeof(value));
        } else {
            for (int i = 7; i >= 0; --i)
                value = value << 8 | std::to_integer<std::uint64_t>(from[i]);
        }
        return value;
    }
    static std::uint64_t mixed_first(std::uint64_t value) noexcept {
        return std::rotl(value * factor_of_first, 31) * factor_of_second;
    }
    static std::uint64_t mixed_second(std::uint64_t value) noexcept {
        return std::rotl(value * factor_of_second, 33) * factor_of_first;
    }
    static std::uint64_t finished(std::uint64_t value) noexcept {
        value ^= value >> 33;
        value *= 0xff51afd7ed558ccd;
        value ^= value >> 33;
        value *= 0xc4ceb9fe1a85ec53;
        return value ^ value >> 33;
    }
    /// Of bytes behind the last block each negative one turns over all bits above it: which bytes
    /// are turned over follows from how many negative ones are below each.
    static std::uint64_t turned_over(std::uint64_t value) noexcept {
        constexpr std::uint64_t one_each = 0x0101010101010101;
        const auto negative = (value >> 7) & one_each;
        const auto negative_below = negative * (one_each << 8);
        return value ^ (negative_below & one_each) * 0xff;
    }
    static std::uint64_t few_bytes(const std::byte* from, std::size_t count) noexcept;
    void take_block(const std::byte* block) noexcept;
    /// `rest` is what follows the last block.
    std::int64_t finish(const std::byte* rest, std::size_t size) const noexcept;

    std::uint64_t first_ = 0;
    std::uint64_t second_ = 0;
    std::uint64_t length_ = 0;
    std::byte rest_[block_size]; ///< what is no block yet
    std::size_t rest_size_ = 0;
};

} // namespace cocql::routing
