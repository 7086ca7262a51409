#include "client/control/candidates.hpp"

#include <algorithm>
#include <random>

namespace cocql::client {

std::vector<endpoint> control_candidates(const metadata::topology_snapshot* known,
                                         const std::vector<endpoint>& contact_points,
                                         const endpoint* lost, std::uint32_t chance) {
    std::vector<endpoint> all;
    if (known != nullptr)
        for (const auto& each : known->hosts())
            all.emplace_back(each.address.to_string(), each.port);
    std::mt19937 order(chance);
    std::shuffle(all.begin(), all.end(), order);
    for (const auto& each : contact_points)
        if (std::find(all.begin(), all.end(), each) == all.end())
            all.push_back(each);
    if (lost != nullptr)
        std::stable_partition(all.begin(), all.end(),
                              [&](const endpoint& each) { return each != *lost; });
    return all;
}

} // namespace cocql::client
