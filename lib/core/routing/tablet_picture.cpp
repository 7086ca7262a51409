#include "core/routing/tablet_picture.hpp"

#include <algorithm>

namespace cocql::routing {

const tablet* tablet_picture::find(token where) const noexcept {
    if (parts_ == nullptr)
        return nullptr;
    const auto in = std::ranges::lower_bound(parts_->all, where, {}, &entry::last);
    if (in == parts_->all.end())
        return nullptr;
    // The last of its tablets does not end before it.
    const auto found = std::ranges::lower_bound(in->content->tablets, where, {}, &tablet::last);
    return found->has(where) ? &*found : nullptr;
}

bool tablet_picture::overlaps(const tablet& other) const noexcept {
    if (parts_ == nullptr)
        return false;
    const auto in = std::ranges::upper_bound(parts_->all, other.after, {}, &entry::last);
    if (in == parts_->all.end())
        return false;
    // The first that ends behind its beginning.
    const auto& tablets = in->content->tablets;
    return std::ranges::upper_bound(tablets, other.after, {}, &tablet::last)->after < other.last;
}

std::size_t tablet_picture::size() const noexcept {
    std::size_t count = 0;
    if (parts_ != nullptr)
        for (const auto& each : parts_->all)
            count += each.content->tablets.size();
    return count;
}

} // namespace cocql::routing
