#pragma once

#include <cocql/endpoint.hpp>
#include <cocql/uuid.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace cocql {

/// One request on one connection, as a request_observer is told of it. It borrows what it has, for
/// the call.
struct request_attempt {
    /// The number of its request among those of the session; those of siblings (session::on())
    /// begin at numbers that are far apart.
    std::uint64_t request = 0;
    std::uint32_t attempt = 0; ///< and which of that request's attempts it is: 1, 2, …
    uuid host;
    const endpoint& where; ///< of the connection: on ScyllaDB its port may be the shard-aware one
    /// That the connection leads to; nothing for nodes without shards.
    std::optional<std::uint32_t> shard;
    std::string_view operation; ///< the opcode's name, for example `EXECUTE`
};

} // namespace cocql
