#include "client/control/candidates.hpp"

#include <algorithm>
#include <random>

namespace cocql::client {

std::vector<candidate> control_candidates(const metadata::topology_snapshot* known,
                                          const std::vector<endpoint>& contact_points,
                                          const candidate* lost, std::uint32_t chance) {
    std::vector<candidate> all;
    if (known != nullptr)
        for (const auto& each : known->hosts()) {
            endpoint where(each.address.to_string(), each.port);
            const bool is_given = std::ranges::find(contact_points, where) != contact_points.end();
            all.emplace_back(std::move(where), is_given);
        }
    std::mt19937 order(chance);
    std::shuffle(all.begin(), all.end(), order);
    for (const auto& point : contact_points)
        if (std::ranges::find(all, point, &candidate::where) == all.end())
            all.emplace_back(point);
    if (lost != nullptr)
        std::stable_partition(all.begin(), all.end(), [&](const candidate& each) {
            return !each.is_at(lost->where()) && !each.is_at(lost->given());
        });
    return all;
}

} // namespace cocql::client
