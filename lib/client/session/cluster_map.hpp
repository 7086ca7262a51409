#pragma once

#include "core/metadata/cluster_snapshot.hpp"
#include "core/metadata/known_tablets.hpp"
#include "core/metadata/placement.hpp"
#include "core/metadata/table_route.hpp"
#include "core/routing/neighbourhood.hpp"

#include <cocql/prepared_statement.hpp>

#include <memory>
#include <unordered_map>

namespace cocql::client {

/// What of one snapshot decides where requests go: hosts and how near they are, replicas, and for
/// each statement that has been executed how its keys lead to them.
class cluster_map {
  public:
    /// `before` may be null; what has not changed is taken from it. The tablets are borrowed.
    cluster_map(metadata::cluster_snapshot known, const routing::preference& wanted,
                metadata::known_tablets& tablets, const cluster_map* before)
        : known_(std::move(known)),
          placement_(known_.hosts, known_.schema->keyspaces,
                     before != nullptr ? &before->placement_ : nullptr),
          near_(*known_.hosts->routing(), wanted),
          tablets_(tablets) {}
    cluster_map(const cluster_map&) = delete;
    cluster_map& operator=(const cluster_map&) = delete;

    const metadata::cluster_snapshot& known() const noexcept { return known_; }
    const routing::topology& hosts() const noexcept { return *known_.hosts->routing(); }
    const routing::neighbourhood& near() const noexcept { return near_; }

    struct route : metadata::table_route {
        routing::tablet_map* tablets = nullptr; ///< null for none
    };
    /// Of the table that the statement's markers belong to. Valid until the next call.
    const route& route_of(const prepared_statement& statement) {
        if (statement.content().get() == last_ && last_ != nullptr) [[likely]]
            return *last_route_;
        return find_route(statement);
    }

  private:
    const route& find_route(const prepared_statement& statement);

    /// A statement is known by where it lies, and therefore kept.
    struct entry {
        std::shared_ptr<const prepared_statement::parts> statement;
        route how;
    };
    /// When there are more it begins anew: they are quickly found again.
    static constexpr std::size_t most_statements = 10000;

    metadata::cluster_snapshot known_;
    metadata::placement placement_;
    routing::neighbourhood near_;
    metadata::known_tablets& tablets_;
    std::unordered_map<const prepared_statement::parts*, entry> routes_;
    const prepared_statement::parts* last_ = nullptr; ///< that was asked for
    const route* last_route_ = nullptr;
};

} // namespace cocql::client
