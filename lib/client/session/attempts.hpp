#pragma once

#include "core/base/time.hpp"

#include <cocql/error.hpp>
#include <cocql/uuid.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace cocql::client {

/// What has become of a request so far: the nodes that it did not reach, and why. Nearly always
/// there is nothing in it.
class attempts {
  public:
    bool any() const noexcept { return !hosts_.empty(); }
    bool has(const uuid& host) const noexcept {
        return any() && std::ranges::find(hosts_, host) != hosts_.end();
    }
    /// `deadline` is the request's own, for all of them together.
    void add(const uuid& host, error why, base::time_point deadline) {
        hosts_.push_back(host);
        failures_.push_back(std::move(why));
        deadline_ = deadline;
    }
    /// Where there are any.
    base::time_point deadline() const noexcept { return deadline_; }
    std::vector<error> take_failures() noexcept { return std::move(failures_); }

  private:
    std::vector<uuid> hosts_;
    std::vector<error> failures_;
    base::time_point deadline_{};
};

} // namespace cocql::client
