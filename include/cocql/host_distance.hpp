#pragma once

namespace cocql {

/// How near a node is, as a load_balancing_policy has it.
enum class host_distance {
    local,  ///< its own data centre, say: for requests of all kinds
    remote, ///< after all local ones; not for what is to stay in a data centre (LOCAL_SERIAL)
    ignored ///< no request goes there, and no connection is made for any
};

} // namespace cocql
