#include "core/metadata/tablet_snapshot.hpp"

#include <algorithm>
#include <cstddef>

namespace cocql::metadata {

const routing::tablet* tablet_snapshot::find(std::string_view keyspace, std::string_view table,
                                             routing::token where) const noexcept {
    if (names_ == nullptr)
        return nullptr;
    using view = std::pair<std::string_view, std::string_view>;
    const view wanted(keyspace, table);
    const auto as_view = [](const table_name& each) { return view(each.first, each.second); };
    const auto found = std::ranges::lower_bound(*names_, wanted, {}, as_view);
    if (found == names_->end() || as_view(*found) != wanted)
        return nullptr;
    return tablets_[static_cast<std::size_t>(found - names_->begin())].find(where);
}

} // namespace cocql::metadata
