#pragma once

#include "client/session/latency_watch.hpp"
#include "core/routing/neighbourhood.hpp"

#include <cocql/execution_profile.hpp>
#include <cocql/load_balancing_policy.hpp>
#include <cocql/statement_options.hpp>

#include <memory>
#include <optional>
#include <string>

namespace cocql::client {

/// An execution profile with all that it leaves to others. Immutable, and shared with the requests
/// that began with it: when another one takes its place they go on with this one.
class profile_in_force {
  public:
    /// `says` is the profile's own and then the default one's; `places` where it says of those
    /// more than the session's options do, or where there is a policy, which has the last word on
    /// them. That may be null, and so may who watches for slow nodes; one of both always is.
    profile_in_force(std::string name, execution_profile says,
                     std::optional<routing::preference> places,
                     std::shared_ptr<load_balancing_policy> policy,
                     std::shared_ptr<latency_watch> watch);

    const std::string& name() const noexcept { return name_; }
    /// What a statement's own options leave open as the profile has it.
    statement_options complete(const statement_options& own) const;
    /// Which nodes are near; null for those that are so by the session's options.
    const routing::preference* places() const noexcept { return places_ ? &*places_ : nullptr; }
    /// Who decides where requests go; null: the session.
    const std::shared_ptr<load_balancing_policy>& policy() const noexcept { return policy_; }
    /// Who knows which nodes the session is to keep away from; null: nobody.
    const std::shared_ptr<latency_watch>& watch() const noexcept { return watch_; }

  private:
    std::string name_;
    execution_profile says_;
    std::optional<routing::preference> places_;
    std::shared_ptr<load_balancing_policy> policy_;
    std::shared_ptr<latency_watch> watch_;
};

using shared_profile = std::shared_ptr<const profile_in_force>;

} // namespace cocql::client
