#pragma once

#include <cstdint>

namespace cocql::policy {

/// Whose of several the shards of a node are, who share them out among themselves. Each shard is
/// somebody's, and each of them has one at least: where they are more than there are shards,
/// several have the same one. Unless said otherwise all are of one.
struct share {
    std::uint32_t place = 0; ///< counted from 0
    std::uint32_t of = 1;    ///< so many

    /// Whether it has this shard, where there are so many.
    constexpr bool has(std::uint32_t shard, std::uint32_t shards) const noexcept {
        return of <= shards ? shard % of == place : shard == place % shards;
    }

    friend constexpr bool operator==(const share&, const share&) = default;
};

} // namespace cocql::policy
