#include "client/session/execution_profiles.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace cocql::client {

namespace {

/// What the upper one says, and what it leaves open as the lower one has it.
execution_profile laid_over(const execution_profile& upper, execution_profile lower) {
    if (const auto level = upper.consistency())
        lower.consistency(*level);
    if (const auto level = upper.serial_consistency())
        lower.serial_consistency(*level);
    if (const auto& rows = upper.page_size())
        lower.page_size(*rows);
    if (const auto& limit = upper.timeout())
        lower.timeout(*limit);
    if (const auto policy = upper.busy())
        lower.busy(*policy);
    if (const auto repeatable = upper.is_idempotent())
        lower.idempotent(*repeatable);
    if (const auto& datacenter = upper.local_datacenter()) {
        lower.local_datacenter(*datacenter);
        lower.local_rack(""); // which is one of the other data centre's
    }
    if (const auto& rack = upper.local_rack())
        lower.local_rack(*rack);
    if (const auto on = upper.remote_hosts())
        lower.remote_hosts(*on);
    if (const auto& policy = upper.load_balancing_policy())
        lower.load_balancing_policy(*policy);
    if (const auto& how = upper.latency_awareness())
        lower.latency_awareness(*how);
    return lower;
}

bool says_anything(const execution_profile& what) {
    return what.consistency() || what.serial_consistency() || what.page_size() || what.timeout() ||
           what.busy() || what.is_idempotent() || what.local_datacenter() || what.local_rack() ||
           what.remote_hosts() || what.load_balancing_policy() || what.latency_awareness();
}

} // namespace

execution_profiles::execution_profiles(named said, usual beneath, const in_force& before)
    : said_(std::move(said)), beneath_(std::move(beneath)) {
    const auto& usual = said_[execution_profile::default_name];
    has_default_ = says_anything(usual) || beneath_.policy != nullptr || beneath_.aware;
    for (const auto& [name, own] : said_)
        in_force_[name] = made(name, laid_over(own, usual), before);
}

shared_profile execution_profiles::made(const std::string& name, const execution_profile& all,
                                        const in_force& before) const {
    const auto& usual = beneath_.places;
    auto session = execution_profile().local_datacenter(usual.datacenter);
    session.local_rack(usual.rack).remote_hosts(usual.remote_hosts);
    const auto whole = laid_over(all, session);
    routing::preference places;
    places.datacenter = *whole.local_datacenter();
    places.rack = *whole.local_rack();
    places.remote_hosts = *whole.remote_hosts();
    const auto& policy =
        all.load_balancing_policy() ? *all.load_balancing_policy() : beneath_.policy;
    const auto& aware = all.latency_awareness() ? *all.latency_awareness() : beneath_.aware;
    std::shared_ptr<latency_watch> watch;
    if (policy == nullptr && aware)
        watch = watch_of(name, *aware, before);
    std::optional<routing::preference> others;
    if (!routing::is_alike(places, usual) || policy != nullptr)
        others = std::move(places);
    return std::make_shared<const profile_in_force>(name, all, std::move(others), policy,
                                                    std::move(watch));
}

/// The one that it has already, as long as that is to be as it is.
std::shared_ptr<latency_watch> execution_profiles::watch_of(const std::string& name,
                                                            const latency_awareness& how,
                                                            const in_force& before) const {
    if (const auto found = before.find(name); found != before.end())
        if (const auto& had = found->second->watch(); had != nullptr && had->how() == how)
            return had;
    return std::make_shared<latency_watch>(how, *beneath_.clock);
}

bool execution_profiles::is_any_aware() const noexcept {
    return std::ranges::any_of(in_force_,
                               [](const auto& each) { return each.second->watch() != nullptr; });
}

void execution_profiles::forget_latencies(const uuid& node) const noexcept {
    for (const auto& [name, profile] : in_force_)
        if (const auto& watch = profile->watch())
            watch->forget(node);
}

result<execution_profiles> execution_profiles::with(std::string_view name,
                                                    execution_profile how) const {
    auto others = said_;
    const auto found = others.find(name.empty() ? execution_profile::default_name : name);
    if (found == others.end())
        return unknown(name);
    found->second = std::move(how);
    execution_profiles all(std::move(others), beneath_, in_force_);
    if (auto possible = all.check(); !possible)
        return possible.error();
    return all;
}

result<void> execution_profiles::check() const {
    for (const auto& [name, profile] : in_force_) {
        if (name.empty())
            return error(errc::bad_configuration, "an execution profile has no name")
                .with_advice(std::string("the one of statements that name none is '") +
                             execution_profile::default_name + "'");
        const auto* const places = profile->places();
        if (places != nullptr && places->datacenter.empty() && !places->rack.empty())
            return error(errc::bad_configuration, "the local rack of the execution profile '" +
                                                      name +
                                                      "' says nothing without its data centre")
                .with_advice("give the local data centre, too");
        if (const auto& watch = profile->watch();
            watch != nullptr && !(watch->how().exclusion_threshold() >= 1))
            return error(errc::bad_configuration,
                         "the exclusion threshold of the latency awareness of the execution "
                         "profile '" +
                             name + "' is below 1: the quickest node, too, would be slow")
                .with_advice("2 is usual: more than twice as slow as the quickest one");
    }
    return {};
}

result<shared_profile> execution_profiles::find(std::string_view name) const {
    const auto found = in_force_.find(name.empty() ? execution_profile::default_name : name);
    if (found == in_force_.end())
        return unknown(name).with(request_outcome::not_sent);
    return found->second;
}

error execution_profiles::unknown(std::string_view name) const {
    std::string names;
    for (const auto& [each, profile] : in_force_)
        names += (names.empty() ? "" : ", ") + each;
    return error(errc::not_found,
                 "the session has no execution profile '" + std::string(name) + "'")
        .with_advice("it has: " + names);
}

} // namespace cocql::client
