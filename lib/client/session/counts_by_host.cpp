#include "client/session/counts_by_host.hpp"

namespace cocql::client {

void counts_by_host::gather() {
    std::erase_if(former_, [this](const auto& each) {
        const bool is_last = each.use_count() == 1;
        if (is_last)
            gathered_ += *each;
        return is_last;
    });
}

host_counts counts_by_host::of_former() const {
    auto all = gathered_;
    for (const auto& each : former_)
        all += *each;
    return all;
}

} // namespace cocql::client
