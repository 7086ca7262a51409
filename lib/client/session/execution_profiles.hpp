#pragma once

#include "client/session/profile_in_force.hpp"
#include "core/routing/neighbourhood.hpp"
#include "io/bridge/clock.hpp"

#include <cocql/error.hpp>
#include <cocql/execution_profile.hpp>
#include <cocql/latency_awareness.hpp>
#include <cocql/load_balancing_policy.hpp>
#include <cocql/result.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cocql::client {

/// The execution profiles of a session by their names. The default one is always among them, and
/// says nothing unless it was told.
class execution_profiles {
  public:
    using named = std::map<std::string, execution_profile, std::less<>>;
    using in_force = std::map<std::string, shared_profile, std::less<>>;

    /// What the session's options say.
    struct usual {
        routing::preference places;
        std::shared_ptr<load_balancing_policy> policy; ///< may be null
        std::optional<latency_awareness> aware;
        io::clock* clock; ///< borrowed
    };
    execution_profiles(named said, usual beneath)
        : execution_profiles(std::move(said), std::move(beneath), in_force()) {}
    /// The same for a sibling, on another executor: what is measured for them is not shared.
    execution_profiles apart() const { return execution_profiles(said_, beneath_); }
    /// errc::bad_configuration where they cannot be.
    result<void> check() const;
    /// The same, but for this one, and checked; errc::not_found where there is none of this name.
    /// What was measured for the others is still known.
    result<execution_profiles> with(std::string_view name, execution_profile how) const;

    /// Whether statements that name none go by the session's options alone.
    bool has_default() const noexcept { return has_default_; }
    /// An empty name is the default one's. errc::not_found, for a request that is not sent.
    result<shared_profile> find(std::string_view name) const;
    const in_force& all() const noexcept { return in_force_; }
    /// Whether one of them watches for slow nodes.
    bool is_any_aware() const noexcept;
    /// What was measured of a node says nothing of it any more.
    void forget_latencies(const uuid& node) const noexcept;

  private:
    execution_profiles(named said, usual beneath, const in_force& before);
    error unknown(std::string_view name) const;
    shared_profile made(const std::string& name, const execution_profile& own,
                        const in_force& before) const;
    std::shared_ptr<latency_watch> watch_of(const std::string& name, const latency_awareness& how,
                                            const in_force& before) const;

    named said_;
    usual beneath_;
    in_force in_force_;
    bool has_default_ = false;
};

} // namespace cocql::client
