#pragma once

#include <cocql/host_distance.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cocql {

/// A node that a request may go to, as a load_balancing_policy sees it. It borrows what it has, for
/// the call.
struct request_candidate {
    uuid host; ///< host_info::id
    std::string_view datacenter;
    std::string_view rack;
    host_distance distance = host_distance::local; ///< never ignored
    /// Whether the partition's data is there, as far as that is known.
    bool is_replica = false;
    /// The one of its shards that has the data (ScyllaDB); the session goes there by itself.
    /// Nothing where that is not known.
    std::optional<std::uint32_t> shard;
    /// That take requests. With none it is passed over.
    std::size_t connections = 0;
};

} // namespace cocql
