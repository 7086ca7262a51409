#pragma once

#include "client/session/profile_in_force.hpp"
#include "core/routing/neighbourhood.hpp"

#include <cocql/error.hpp>
#include <cocql/execution_profile.hpp>
#include <cocql/load_balancing_policy.hpp>
#include <cocql/result.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace cocql::client {

/// The execution profiles of a session by their names. The default one is always among them, and
/// says nothing unless it was told.
class execution_profiles {
  public:
    using named = std::map<std::string, execution_profile, std::less<>>;
    using in_force = std::map<std::string, shared_profile, std::less<>>;

    /// `places` and `policy`, which may be null, are what the session's options say.
    execution_profiles(named said, routing::preference places,
                       std::shared_ptr<load_balancing_policy> policy);
    /// errc::bad_configuration where they cannot be.
    result<void> check() const;
    /// The same, but for this one, and checked; errc::not_found where there is none of this name.
    result<execution_profiles> with(std::string_view name, execution_profile how) const;

    /// Whether statements that name none go by the session's options alone.
    bool has_default() const noexcept { return has_default_; }
    /// An empty name is the default one's. errc::not_found, for a request that is not sent.
    result<shared_profile> find(std::string_view name) const;
    const in_force& all() const noexcept { return in_force_; }

  private:
    error unknown(std::string_view name) const;
    shared_profile made(const std::string& name, const execution_profile& own) const;

    named said_;
    routing::preference places_;
    std::shared_ptr<load_balancing_policy> policy_;
    in_force in_force_;
    bool has_default_ = false;
};

} // namespace cocql::client
