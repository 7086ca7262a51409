#include "core/routing/partitioner.hpp"

#include "core/base/big_endian.hpp"
#include "core/routing/without_package.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cocql::routing {

namespace {

using part = std::span<const std::byte>;

/// Calls `take` with the pieces of which a key is put together.
template <class Take>
void for_each_piece(partition_key key, Take take) {
    if (key.size() == 1)
        return take(key.front());
    static constexpr std::byte end[]{std::byte{0}};
    for (const auto column : key) {
        const std::array<std::byte, 2> length{static_cast<std::byte>(column.size() >> 8),
                                              static_cast<std::byte>(column.size())};
        take(part(length));
        take(column);
        take(part(end));
    }
}

token murmur3_token(partition_key key) noexcept {
    if (key.size() == 1)
        return key.front().empty() ? token::least() : normalized(murmur3::of(key.front()));
    murmur3 hash;
    bool empty = true;
    for_each_piece(key, [&](part piece) {
        empty = empty && piece.empty();
        hash.update(piece);
    });
    return empty ? token::least() : normalized(hash.finish());
}

/// The first eight bytes as they are (ScyllaDB's cdc_partitioner).
token cdc_token(partition_key key) noexcept {
    std::array<std::byte, 8> first{};
    std::size_t size = 0;
    for_each_piece(key, [&](part piece) {
        const auto more = piece.first(std::min(piece.size(), first.size() - size));
        std::copy(more.begin(), more.end(), first.begin() + static_cast<std::ptrdiff_t>(size));
        size += more.size();
    });
    if (size < first.size())
        return token::least();
    return token(static_cast<std::int64_t>(base::load_big_endian<std::uint64_t>(first.data())));
}

} // namespace

std::optional<partitioner> partitioner_of(std::string_view class_name) noexcept {
    const auto name = without_package(class_name);
    if (name == "Murmur3Partitioner")
        return partitioner::murmur3;
    if (name == "CDCPartitioner")
        return partitioner::cdc;
    return std::nullopt;
}

token token_of(partitioner how, partition_key key) noexcept {
    return how == partitioner::cdc ? cdc_token(key) : murmur3_token(key);
}

} // namespace cocql::routing
