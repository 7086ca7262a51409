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

/// What has become of a request so far: the nodes that it did not reach, or that did not answer it
/// while it may be repeated, and why. Nearly always there is nothing in it, and then it is nothing.
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
    /// Whether one of them may have executed it.
    bool may_be_executed() const noexcept {
        return any() && std::ranges::any_of(made_->failures, [](const error& each) {
                   return each.outcome() == request_outcome::maybe_executed;
               });
    }
    /// What the request fails with, where this is what the last attempt has failed with, or the
    /// search for another node: the former ones may have executed it all the same.
    error as_told(const error& why) const {
        auto whole = why;
        if (whole.attempts().empty()) {
            auto all = failures();
            if (!why.endpoint().empty())
                all.push_back(why);
            whole.with_attempts(std::move(all));
        }
        return std::move(whole.with(request_outcome::maybe_executed));
    }
    std::vector<error> failures() const { return any() ? made_->failures : std::vector<error>(); }

    /// Which nodes are near is as the profile says, for all of them.
    void go_by(shared_profile profile) {
        have();
        made_->profile = std::move(profile);
    }
    /// Whether there is one, quickly said.
    bool has_profile() const noexcept { return made_ != nullptr && made_->profile != nullptr; }
    /// Who decides where it goes; null: the session. As long as this object.
    load_balancing_policy* policy() const noexcept {
        return has_profile() ? made_->profile->policy().get() : nullptr;
    }
    /// Who knows which nodes it is to keep away from; null: nobody. As long as this object.
    latency_watch* watch() const noexcept {
        return has_profile() ? made_->profile->watch().get() : nullptr;
    }
    /// Whether the first of the plan will do: nothing was tried, and no node is slow.
    bool may_go_at_once() const noexcept {
        return made_ == nullptr ||
               (made_->hosts.empty() && (watch() == nullptr || !watch()->any_slow()));
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
