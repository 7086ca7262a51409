#pragma once

#include "client/pool/host_pool.hpp"
#include "client/session/attempts.hpp"
#include "client/session/destination.hpp"
#include "core/routing/neighbourhood.hpp"
#include "core/routing/partition_replicas.hpp"
#include "core/routing/query_plan.hpp"
#include "core/routing/topology.hpp"

#include <cocql/request_candidates.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace cocql::client {

/// What an application's policy may choose from for one attempt: the session's own plan, without
/// what was tried or given before. Borrows all it is given. What it calls may close the session,
/// whose pools are therefore looked up each time.
class policy_candidates final : public request_candidates {
  public:
    struct nodes {
        const routing::topology& hosts;
        const std::vector<host_pool*>& pools; ///< of the hosts; null where none is used
        const routing::neighbourhood& near;
        bool stays_near; ///< remote ones are not among them
    };
    /// The replicas are the tablet's, or none for those of the ring.
    policy_candidates(const nodes& all, const destination& where,
                      const routing::partition_replicas& replicas, const attempts& before,
                      std::uint32_t chance)
        : all_(all),
          where_(where),
          replicas_(replicas),
          before_(before),
          chance_(chance),
          plan_(whole_plan()) {}
    policy_candidates(const policy_candidates&) = delete;
    policy_candidates& operator=(const policy_candidates&) = delete;

    std::optional<request_candidate> next() override;
    void begin_again() noexcept override { plan_.emplace(whole_plan()); }
    std::optional<request_candidate> find(const uuid& host) const override;

    /// The one that the policy has named; nothing where it is not among them.
    std::optional<routing::host_index> named(const uuid& host) const noexcept;
    /// It is not among them any more.
    void pass_over(routing::host_index which) { passed_over_.push_back(which); }

  private:
    routing::query_plan whole_plan() const noexcept;
    host_pool* pool_of(routing::host_index which) const noexcept;
    bool has(routing::host_index which) const noexcept;
    request_candidate described(routing::host_index which) const noexcept;

    const nodes all_;
    const destination& where_;
    const routing::partition_replicas& replicas_;
    const attempts& before_;
    const std::uint32_t chance_;
    std::optional<routing::query_plan> plan_;
    std::vector<routing::host_index> passed_over_;
};

} // namespace cocql::client
