#pragma once

#include <cocql/host_counts.hpp>
#include <cocql/uuid.hpp>

#include <map>
#include <memory>
#include <vector>

namespace cocql::client {

/// What a session has counted of each node, also of those that have left: whoever is still at work
/// there goes on counting.
class counts_by_host {
  public:
    using used = std::map<uuid, std::shared_ptr<host_counts>>;

    /// Of a node that is used from now on.
    std::shared_ptr<host_counts> of_new(const uuid& host) {
        return used_[host] = std::make_shared<host_counts>();
    }
    /// It is used no more.
    void forget(const uuid& host) {
        if (auto found = used_.extract(host))
            former_.push_back(std::move(found.mapped()));
    }
    /// Puts together those where nobody counts any more.
    void gather();

    /// Of the nodes that are used, or were last.
    const used& of_used() const noexcept { return used_; }
    /// Of all the others together.
    host_counts of_former() const;

  private:
    used used_;
    std::vector<std::shared_ptr<host_counts>> former_;
    host_counts gathered_;
};

} // namespace cocql::client
