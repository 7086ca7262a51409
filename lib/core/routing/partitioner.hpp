#pragma once

#include "core/routing/murmur3.hpp"
#include "core/routing/token.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace cocql::routing {

/// How a table's partitions are laid out on the ring: all but ScyllaDB's logs of changes by
/// Murmur3, those by what their keys begin with.
enum class partitioner { murmur3, cdc };

/// By the class that a server names, of whatever package. Nothing for partitioners whose tokens are
/// no 64-bit numbers (RandomPartitioner, ByteOrderedPartitioner).
std::optional<partitioner> partitioner_of(std::string_view class_name) noexcept;

/// The columns of a partition key as they are bound, in their order; borrowed.
using partition_key = std::span<const std::span<const std::byte>>;

/// The longest that a column of a key of several may be: its length has 16 bits.
inline constexpr std::size_t longest_key_part = 65535;

/// Where a partition lies. One column is hashed as it is; of several each has its length before it
/// and a zero behind it (org.apache.cassandra.db.marshal.CompositeType). No column may be longer
/// than `longest_key_part`.
token token_of(partitioner how, partition_key key) noexcept;

/// Cassandra and ScyllaDB: the least token is kept for no key at all, and a hash that is the least
/// number becomes the greatest (Murmur3Partitioner.normalize).
constexpr token normalized(std::int64_t hash) noexcept {
    const token hashed(hash);
    return hashed == token::least() ? token::greatest() : hashed;
}

/// The same for a key of one column.
inline token token_of_one(partitioner how, std::span<const std::byte> column) noexcept {
    if (how == partitioner::murmur3 && column.size() == 8) [[likely]]
        return normalized(murmur3::of_eight(column.data()));
    return token_of(how, partition_key(&column, 1));
}

} // namespace cocql::routing
