#include "client/session/session_core.hpp"

#include <algorithm>
#include <exception>
#include <utility>

// Execution profiles, and how one is put in another's place.

namespace cocql::client {

namespace asio = boost::asio;

namespace {

error profiles_closed() {
    return error(errc::connection_closed, "the session is closed");
}

error replacement_cancelled() {
    return error(errc::cancelled, "putting an execution profile in force was cancelled");
}

/// Calls that go on one after another: made, and over, in the order of the calls.
class turn_of_call {
  public:
    explicit turn_of_call(std::shared_ptr<announcement>& last)
        : before_(std::exchange(last, std::make_shared<announcement>())), mine_(last) {}
    ~turn_of_call() { mine_->make(); }
    turn_of_call(const turn_of_call&) = delete;
    turn_of_call& operator=(const turn_of_call&) = delete;

    /// Null for none.
    const std::shared_ptr<announcement>& before() const noexcept { return before_; }

  private:
    std::shared_ptr<announcement> before_;
    std::shared_ptr<announcement> mine_;
};

/// A policy may say something else each time that it is asked.
bool is_near_alike(const shared_profile& one, const shared_profile& other) {
    const auto* const first = one->places();
    const auto* const second = other->places();
    if (first == nullptr || second == nullptr)
        return first == second;
    return one->policy() == nullptr && other->policy() == nullptr &&
           routing::is_alike(*first, *second);
}

} // namespace

result<statement_options> session_core::complete(const statement_options* own,
                                                 attempts& tried) const {
    static const statement_options usual;
    if (own == nullptr)
        own = &usual;
    const auto profile = profiles_.find(own->execution_profile());
    if (!profile)
        return profile.error();
    if ((*profile)->places() != nullptr || (*profile)->watch() != nullptr)
        tried.go_by(*profile);
    return (*profile)->complete(*own);
}

asio::awaitable<result<void>> session_core::replace_profile(std::string name,
                                                            execution_profile how) {
    const turn_of_call mine_is(last_replacing_);
    if (const auto& before = mine_is.before()) {
        const bool over = co_await before->wait_until(executor_, clock_, base::never);
        if (!over)
            co_return replacement_cancelled();
    }
    // The one before may have been given up while another one was still at it.
    while (replacing_ != nullptr && !is_closed()) {
        const auto another = replacing_;
        const bool over = co_await another->over.wait_until(executor_, clock_, base::never);
        if (!over)
            co_return replacement_cancelled();
    }
    if (is_closed())
        co_return profiles_closed();
    auto next = profiles_.with(name, std::move(how));
    if (!next)
        co_return next.error();
    const auto mine = std::make_shared<replacement>(std::move(*next));
    replacing_ = mine;
    have_policies();
    result<void> outcome;
    std::exception_ptr thrown;
    try {
        auto bringing = bring_about(mine, std::move(name));
        outcome = co_await std::move(bringing);
    } catch (...) {
        thrown = std::current_exception();
    }
    replacing_ = nullptr;
    mine->over.make();
    mine->next = profiles_; // the one that is not in force is of no use any more
    map_->forget_former_profiles();
    have_policies();
    if (!is_closed())
        have_pools(*map_->known().hosts); // without those that only the other one of both needs
    if (thrown)
        std::rethrow_exception(thrown);
    co_return outcome;
}

asio::awaitable<result<void>> session_core::bring_about(std::shared_ptr<replacement> mine,
                                                        std::string name) {
    const auto now = profiles_.find(name);
    const auto next = mine->next.find(name);
    have_pools(*map_->known().hosts);
    if (!mine->awaited.empty()) {
        const bool arrived = co_await mine->arrived.wait_until(executor_, clock_, base::never);
        if (is_closed())
            co_return profiles_closed();
        if (!arrived)
            co_return replacement_cancelled();
    }
    if (auto possible = can_serve(*now, *next); !possible)
        co_return possible.error();
    profiles_ = mine->next;
    co_return result<void>();
}

/// Only where it changes where requests go: the rest is to be changed also while no node is there.
result<void> session_core::can_serve(const shared_profile& now, const shared_profile& next) const {
    if (is_near_alike(now, next))
        return {};
    if (const auto none = no_node_for(next))
        return *none;
    const auto& near = map_->near_by(next);
    std::vector<error> failures;
    for (std::size_t i = 0; i < pools_by_index_.size(); ++i) {
        const auto* const pool = pools_by_index_[i];
        if (pool == nullptr ||
            near.of(static_cast<routing::host_index>(i)) == routing::distance::ignored)
            continue;
        if (pool->size() != 0)
            return {};
        if (pool->last_failure())
            failures.push_back(*pool->last_failure());
    }
    error why(errc::no_host_available, "no node of the execution profile '" + next->name() +
                                           "' has a connection; the former one stays in force");
    if (!failures.empty())
        why.because(failures.front());
    return std::move(why.with_attempts(std::move(failures)));
}

std::optional<error> session_core::no_node_for(const shared_profile& profile) const {
    const auto& near = map_->near_by(profile);
    for (std::size_t i = 0; i < near.size(); ++i)
        if (near.of(static_cast<routing::host_index>(i)) != routing::distance::ignored)
            return std::nullopt;
    const std::string policy =
        profile->policy() != nullptr ? ", its load-balancing policy" : std::string();
    return error(errc::bad_configuration, "the execution profile '" + profile->name() +
                                              "' lets no node of the cluster be used")
        .with_advice("look at its local data centre" + policy +
                     " and the filter; the data centres are: " + datacenters())
        .with(request_outcome::not_sent);
}

bool session_core::is_wanted(routing::host_index which) {
    const auto wants = [&](const execution_profiles& whose) {
        return std::ranges::any_of(whose.all(), [&](const auto& each) {
            return map_->near_by(each.second).of(which) != routing::distance::ignored;
        });
    };
    return wants(profiles_) || (replacing_ != nullptr && wants(replacing_->next));
}

} // namespace cocql::client
