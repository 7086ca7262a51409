#pragma once

#include "client/session/profile_in_force.hpp"
#include "core/metadata/cluster_snapshot.hpp"
#include "core/metadata/known_tablets.hpp"
#include "core/metadata/placement.hpp"
#include "core/metadata/table_route.hpp"
#include "core/routing/neighbourhood.hpp"

#include <cocql/load_balancing_policy.hpp>
#include <cocql/prepared_statement.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cocql::client {

/// What of one snapshot decides where requests go: hosts and how near they are, replicas, and for
/// each statement that has been executed how its keys lead to them.
class cluster_map {
  public:
    /// Asks a policy how near a host is that is otherwise `usual`ly so.
    using judge = std::function<routing::distance(load_balancing_policy&, const metadata::host&,
                                                  routing::distance usual)>;

    /// `before` may be null; what has not changed is taken from it. The tablets are borrowed.
    cluster_map(metadata::cluster_snapshot known, const routing::preference& wanted, judge ask,
                metadata::known_tablets& tablets, const cluster_map* before)
        : known_(std::move(known)),
          placement_(std::make_shared<const metadata::placement>(
              known_.hosts, known_.schema->keyspaces,
              before != nullptr ? before->placement_.get() : nullptr)),
          kept_(kept_of(*known_.hosts->routing(), wanted)),
          ask_(std::move(ask)),
          near_(neighbourhood_of(wanted, nullptr)),
          tablets_(tablets) {}
    cluster_map(const cluster_map&) = delete;
    cluster_map& operator=(const cluster_map&) = delete;

    const metadata::cluster_snapshot& known() const noexcept { return known_; }
    const std::shared_ptr<const metadata::placement>& places() const noexcept { return placement_; }
    const routing::topology& hosts() const noexcept { return *known_.hosts->routing(); }
    /// By the session's options, as no policy has a say in it.
    const routing::neighbourhood& near() const noexcept { return near_; }
    /// The same by an execution profile; null for none. The filter is as it is. Valid until the
    /// next call.
    const routing::neighbourhood& near_by(const shared_profile& whose) {
        return whose == nullptr || whose->places() == nullptr ? near_ : find_near(whose);
    }
    /// Lets go of the profiles that nobody goes by any more.
    void forget_former_profiles();
    /// Whether the filter lets a host be used.
    bool is_kept(routing::host_index which) const noexcept { return kept_[which]; }

    struct route : metadata::table_route {
        routing::tablet_map* tablets = nullptr; ///< null for none
    };
    /// Of the table that the statement's markers belong to. Valid until the next call.
    const route& route_of(const prepared_statement& statement) {
        if (statement.content().get() == last_ && last_ != nullptr) [[likely]]
            return *last_route_;
        return find_route(statement);
    }
    /// Of a table by its name, which is slower to find; of one that is not known nothing is.
    route route_of(const std::string& keyspace, const std::string& table);

  private:
    const route& find_route(const prepared_statement& statement);
    const routing::neighbourhood& find_near(const shared_profile& whose);
    static std::vector<bool> kept_of(const routing::topology& hosts,
                                     const routing::preference& wanted);
    routing::neighbourhood neighbourhood_of(const routing::preference& wanted,
                                            load_balancing_policy* policy) const;

    /// Where a profile may have been replaced, and requests still go by it.
    struct near_entry {
        shared_profile whose;
        std::unique_ptr<const routing::neighbourhood> near;
    };
    /// A statement is known by where it lies, and therefore kept.
    struct entry {
        std::shared_ptr<const prepared_statement::parts> statement;
        route how;
    };
    /// When there are more it begins anew: they are quickly found again.
    static constexpr std::size_t most_statements = 10000;

    metadata::cluster_snapshot known_;
    std::shared_ptr<const metadata::placement> placement_;
    std::vector<bool> kept_; ///< of the hosts: the filter is asked once
    judge ask_;
    routing::neighbourhood near_;
    std::vector<near_entry> near_by_;
    metadata::known_tablets& tablets_;
    std::unordered_map<const prepared_statement::parts*, entry> routes_;
    const prepared_statement::parts* last_ = nullptr; ///< that was asked for
    const route* last_route_ = nullptr;
};

} // namespace cocql::client
