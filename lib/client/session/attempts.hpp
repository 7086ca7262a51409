#pragma once

#include "client/session/profile_in_force.hpp"
#include "core/base/time.hpp"

#include <cocql/error.hpp>
#include <cocql/uuid.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace cocql::client {

/// What has become of a request so far: the nodes that it did not reach, and why. Nearly always
/// there is nothing in it, and then it is nothing.
class attempts {
  public:
    bool any() const noexcept { return made_ != nullptr && !made_->hosts.empty(); }
    bool has(const uuid& host) const noexcept {
        return any() && std::ranges::find(made_->hosts, host) != made_->hosts.end();
    }
    /// `deadline` and `request`, the number that it is known by, are the request's own, for all of
    /// them together.
    void add(const uuid& host, error why, base::time_point deadline, std::uint64_t request) {
        have();
        made_->hosts.push_back(host);
        made_->failures.push_back(std::move(why));
        made_->deadline = deadline;
        made_->request = request;
    }
    /// Where there are any.
    base::time_point deadline() const noexcept { return made_->deadline; }
    std::uint64_t request() const noexcept { return made_->request; }
    std::size_t count() const noexcept { return any() ? made_->hosts.size() : 0; }
    std::vector<error> failures() const { return any() ? made_->failures : std::vector<error>(); }

    /// Which nodes are near is as the profile says, for all of them.
    void go_by(shared_profile profile) {
        have();
        made_->profile = std::move(profile);
    }
    /// Who decides where it goes; null: the session. As long as this object.
    load_balancing_policy* policy() const noexcept {
        return made_ != nullptr && made_->profile != nullptr ? made_->profile->policy().get()
                                                             : nullptr;
    }
    /// Null: as the session's options say.
    const shared_profile& profile() const noexcept {
        static const shared_profile none;
        return made_ != nullptr ? made_->profile : none;
    }

  private:
    void have() {
        if (made_ == nullptr)
            made_ = std::make_unique<made>();
    }

    struct made {
        std::vector<uuid> hosts;
        std::vector<error> failures;
        base::time_point deadline{};
        std::uint64_t request = 0;
        shared_profile profile;
    };

    std::unique_ptr<made> made_;
};

} // namespace cocql::client
