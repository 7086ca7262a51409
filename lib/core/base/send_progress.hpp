#pragma once

#include <cstdint>

namespace cocql::base {

/// How far the bytes sent on a connection have come. Both are counted from the same beginning,
/// which says nothing, and only grow.
struct send_progress {
    std::uint64_t given = 0; ///< to our system
    std::uint64_t taken = 0; ///< of them, acknowledged by the peer's system
};

} // namespace cocql::base
