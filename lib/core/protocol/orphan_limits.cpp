#include "core/protocol/orphan_limits.hpp"

namespace cocql::protocol {

std::optional<error> orphan_limits::exceeded(const slot_table& slots, base::time_point now) const {
    if (slots.orphans() > count_)
        return error(errc::connection_draining,
                     "too many requests were given up while their answers are owed");
    if (slots.orphans() != 0 && now >= due(slots))
        return error(errc::connection_draining,
                     "a request was given up and its answer is owed for too long");
    return std::nullopt;
}

} // namespace cocql::protocol
