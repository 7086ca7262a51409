#include "core/routing/tablet_map.hpp"

#include <algorithm>
#include <utility>

namespace cocql::routing {

void tablet_map::put(tablet known) {
    // Those that end behind its beginning, up to the first that begins at its end or later.
    const auto first = std::ranges::upper_bound(tablets_, known.after, {}, &tablet::last);
    const auto behind =
        std::ranges::lower_bound(first, tablets_.end(), known.last, {}, &tablet::after);
    if (first == behind) {
        tablets_.insert(first, std::move(known));
        return;
    }
    *first = std::move(known);
    tablets_.erase(first + 1, behind);
}

const tablet* tablet_map::find(token where) const noexcept {
    const auto found = std::ranges::lower_bound(tablets_, where, {}, &tablet::last);
    return found != tablets_.end() && found->has(where) ? &*found : nullptr;
}

void tablet_map::forget_host(const uuid& host) {
    std::erase_if(tablets_, [&](const tablet& each) {
        return std::ranges::find(each.replicas, host, &tablet::replica::host) !=
               each.replicas.end();
    });
}

} // namespace cocql::routing
