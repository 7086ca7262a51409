#include "client/session/profile_in_force.hpp"

#include <utility>

namespace cocql::client {

profile_in_force::profile_in_force(std::string name, execution_profile says,
                                   std::optional<routing::preference> places,
                                   std::shared_ptr<load_balancing_policy> policy,
                                   std::shared_ptr<latency_watch> watch)
    : name_(std::move(name)),
      says_(std::move(says)),
      places_(std::move(places)),
      policy_(std::move(policy)),
      watch_(std::move(watch)) {}

statement_options profile_in_force::complete(const statement_options& own) const {
    auto all = own;
    if (const auto level = says_.consistency())
        all.consistency(own.consistency_or(*level));
    if (const auto level = says_.serial_consistency(); level && !own.serial_consistency())
        all.serial_consistency(*level);
    if (const auto& rows = says_.page_size())
        all.page_size(own.page_size_or(*rows));
    if (const auto& limit = says_.timeout())
        all.timeout(own.timeout_or(limit->length()));
    if (const auto policy = says_.busy())
        all.busy(own.busy_or(*policy));
    if (const auto repeatable = says_.is_idempotent())
        all.idempotent(own.is_idempotent_or(*repeatable));
    return all;
}

} // namespace cocql::client
