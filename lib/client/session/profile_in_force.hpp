#pragma once

#include "core/routing/neighbourhood.hpp"

#include <cocql/execution_profile.hpp>
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
    /// more than the session's options do.
    profile_in_force(std::string name, execution_profile says,
                     std::optional<routing::preference> places);

    const std::string& name() const noexcept { return name_; }
    /// What a statement's own options leave open as the profile has it.
    statement_options complete(const statement_options& own) const;
    /// Which nodes are near; null for those that are so by the session's options.
    const routing::preference* places() const noexcept { return places_ ? &*places_ : nullptr; }

  private:
    std::string name_;
    execution_profile says_;
    std::optional<routing::preference> places_;
};

using shared_profile = std::shared_ptr<const profile_in_force>;

} // namespace cocql::client
