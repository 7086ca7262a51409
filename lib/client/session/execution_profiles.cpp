#include "client/session/execution_profiles.hpp"

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
    return lower;
}

bool says_anything(const execution_profile& what) {
    return what.consistency() || what.serial_consistency() || what.page_size() || what.timeout() ||
           what.busy() || what.is_idempotent() || what.local_datacenter() || what.local_rack() ||
           what.remote_hosts() || what.load_balancing_policy();
}

} // namespace

execution_profiles::execution_profiles(named said, routing::preference places,
                                       std::shared_ptr<load_balancing_policy> policy)
    : said_(std::move(said)), places_(std::move(places)), policy_(std::move(policy)) {
    const auto& usual = said_[execution_profile::default_name];
    has_default_ = says_anything(usual) || policy_ != nullptr;
    for (const auto& [name, own] : said_)
        in_force_[name] = made(name, laid_over(own, usual));
}

shared_profile execution_profiles::made(const std::string& name,
                                        const execution_profile& all) const {
    auto session = execution_profile().local_datacenter(places_.datacenter);
    session.local_rack(places_.rack).remote_hosts(places_.remote_hosts);
    const auto whole = laid_over(all, session);
    routing::preference places;
    places.datacenter = *whole.local_datacenter();
    places.rack = *whole.local_rack();
    places.remote_hosts = *whole.remote_hosts();
    const auto& policy = all.load_balancing_policy() ? *all.load_balancing_policy() : policy_;
    std::optional<routing::preference> others;
    if (!routing::is_alike(places, places_) || policy != nullptr)
        others = std::move(places);
    return std::make_shared<const profile_in_force>(name, all, std::move(others), policy);
}

result<execution_profiles> execution_profiles::with(std::string_view name,
                                                    execution_profile how) const {
    auto others = said_;
    const auto found = others.find(name.empty() ? execution_profile::default_name : name);
    if (found == others.end())
        return unknown(name);
    found->second = std::move(how);
    execution_profiles all(std::move(others), places_, policy_);
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
