#include "client/connection/throw_from.hpp"
#include "client/session/column_of.hpp"
#include "client/session/place_on_node.hpp"
#include "client/session/policy_candidates.hpp"
#include "client/session/session_core.hpp"

#include <algorithm>
#include <string>
#include <utility>

// The application's own policies: which nodes are near by them, and where requests go.

namespace cocql::client {

namespace {

/// Answers in a row that are of no use. One that goes through a list of its own, however old, is
/// not to be cut short; one that always says the same is to end.
constexpr int most_useless_answers = 100;

host_distance as_told(routing::distance far) noexcept {
    switch (far) {
    case routing::distance::remote:
        return host_distance::remote;
    case routing::distance::ignored:
        return host_distance::ignored;
    default:
        return host_distance::local;
    }
}

/// Which racks are near is for the session's options to say.
routing::distance as_judged(host_distance said, routing::distance usual) noexcept {
    switch (said) {
    case host_distance::local:
        return usual == routing::distance::same_rack ? usual : routing::distance::same_datacenter;
    case host_distance::remote:
        return routing::distance::remote;
    case host_distance::ignored:
        break;
    }
    return routing::distance::ignored;
}

std::string named(const load_balancing_policy& policy) {
    return "the load-balancing policy '" + std::string(policy.name()) + "'";
}

/// What the exception that is being handled makes of the request.
error thrown_by(const load_balancing_policy& policy, const attempts& before) {
    error why;
    try {
        throw;
    } catch (const error& failure) {
        why = error(errc::bad_configuration, named(policy) + " has thrown");
        why.because(failure);
    } catch (const std::exception& failure) {
        why = error(errc::bad_configuration, named(policy) + " has thrown: " + failure.what());
    } catch (...) {
        why = error(errc::bad_configuration,
                    named(policy) + " has thrown something that is no std::exception");
    }
    return std::move(why.with_attempts(before.failures()).with(request_outcome::not_sent));
}

} // namespace

// --- which there are

/// They hear of the cluster as long as a profile goes by them, or is about to.
void session_core::have_policies() {
    std::vector<std::shared_ptr<load_balancing_policy>> wanted;
    const auto want = [&wanted](const execution_profiles& whose) {
        for (const auto& [name, profile] : whose.all())
            if (const auto& policy = profile->policy();
                policy != nullptr && std::ranges::find(wanted, policy) == wanted.end())
                wanted.push_back(policy);
    };
    want(profiles_);
    if (replacing_ != nullptr)
        want(replacing_->next);
    std::erase_if(policies_, [&](const policy_in_force& each) {
        const bool stays = std::ranges::any_of(
            wanted, [&](const auto& policy) { return policy.get() == each.who; });
        if (!stays && each.as_listener != nullptr)
            each.as_listener->end();
        return !stays;
    });
    for (const auto& each : wanted)
        if (std::ranges::find(policies_, each.get(), &policy_in_force::who) == policies_.end())
            policies_.push_back({each.get(), is_first() ? listeners_.add(each) : nullptr});
    const bool is_aware =
        profiles_.is_any_aware() || (replacing_ != nullptr && replacing_->next.is_any_aware());
    if (!policies_.empty() || is_aware) {
        observation_.tell_policies();
        attentive_ = true;
    }
}

cluster_map::judge session_core::asking_policies() {
    return [this](load_balancing_policy& policy, const metadata::host& which,
                  routing::distance usual) { return distance_by(policy, which, usual); };
}

/// One that it cannot judge is not used.
routing::distance session_core::distance_by(load_balancing_policy& policy,
                                            const metadata::host& which,
                                            routing::distance usual) noexcept {
    try {
        return as_judged(policy.distance(info_of(which), as_told(usual)), usual);
    } catch (...) {
        policy_failed(std::current_exception());
        return routing::distance::ignored;
    }
}

void session_core::policy_failed(std::exception_ptr thrown) {
    if (!how_.warnings())
        return throw_from(executor_, std::move(thrown));
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& failure) {
        warned(std::string("a load-balancing policy has thrown: ") + failure.what());
    } catch (...) {
        warned("a load-balancing policy has thrown something that is no std::exception");
    }
}

// --- where a request goes

routed_request session_core::told_to_policy(const destination& where, const choice& among) const {
    routed_request what;
    what.consistency = among.said->consistency();
    what.is_conditional =
        is_serial(what.consistency) ||
        (among.by != nullptr && among.by->statement() && among.by->statement().is_conditional());
    what.is_idempotent = among.said->is_idempotent();
    if (where.token())
        what.token = where.token()->value();
    what.attempt = static_cast<std::uint32_t>(among.before.count() + 1);
    what.chance = among.any;
    const auto* const route = among.said->route();
    const auto* const one = column_of(among.by);
    const bool is_named = route != nullptr && !route->table().empty();
    if (is_named) {
        what.keyspace = route->keyspace();
        what.table = route->table();
    } else if (one != nullptr) {
        what.keyspace = one->keyspace;
        what.table = one->table;
    }
    if (what.keyspace.empty())
        what.keyspace = among.said->keyspace();
    if (what.keyspace.empty())
        what.keyspace = keyspace_;
    return what;
}

session_core::chosen session_core::choose_by_policy(load_balancing_policy& policy,
                                                    const destination& where,
                                                    const routing::partition_replicas& replicas,
                                                    const choice& among) {
    policy_candidates left({map_->hosts(), pools_by_index_, among.near, among.stays_near}, where,
                           replicas, among.before, among.any);
    const auto what = told_to_policy(where, among);
    for (int useless = 0; useless < most_useless_answers;) {
        std::optional<uuid> said;
        try {
            left.begin_again();
            said = policy.choose(what, left);
        } catch (...) {
            throw thrown_by(policy, among.before);
        }
        if (!said)
            break;
        const auto which = left.named(*said);
        if (!which) {
            ++useless;
            continue;
        }
        auto& pool = *pools_by_index_[*which];
        const auto place = place_on_node::of(where, replicas, *which, pool, among.any);
        if (const auto& found = pool.connection_to(place.shard, place.why))
            return {found, nullptr, 0};
        left.pass_over(*which);
        useless = 0;
    }
    return {};
}

error session_core::not_by_policy(const attempts& tried, std::vector<error> failures) {
    const std::string other = tried.any() ? " other" : "";
    error why(errc::no_host_available, named(*tried.policy()) + " has named no" + other +
                                           " node that may be used and has a connection");
    if (!failures.empty())
        why.because(failures.front());
    return std::move(why.with_attempts(std::move(failures)).with(request_outcome::not_sent));
}

} // namespace cocql::client
