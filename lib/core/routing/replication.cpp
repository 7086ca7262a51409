#include "core/routing/replication.hpp"

#include "core/base/number_in.hpp"
#include "core/routing/without_package.hpp"

namespace cocql::routing {

namespace {

replication::strategy strategy_of(std::string_view class_name) noexcept {
    using enum replication::strategy;
    const auto name = without_package(class_name);
    if (name == "SimpleStrategy")
        return simple;
    if (name == "NetworkTopologyStrategy")
        return network_topology;
    if (name == "EverywhereStrategy")
        return everywhere;
    return unknown;
}

} // namespace

std::uint32_t full_replicas(std::string_view factor) noexcept {
    const auto slash = factor.find('/');
    const auto all = base::number_in<std::uint32_t>(factor.substr(0, slash));
    if (!all || slash == factor.npos)
        return all.value_or(0);
    const auto transient = base::number_in<std::uint32_t>(factor.substr(slash + 1));
    return transient && *transient < *all ? *all - *transient : 0;
}

replication replication::of(const std::map<std::string, std::string>& options) {
    replication known;
    const auto name = options.find("class");
    if (name == options.end())
        return known;
    known.kind_ = strategy_of(name->second);
    if (known.kind_ == strategy::simple) {
        const auto factor = options.find("replication_factor");
        known.factor_ = factor == options.end() ? 0 : full_replicas(factor->second);
    }
    if (known.kind_ == strategy::network_topology)
        for (const auto& [datacenter, factor] : options)
            if (const auto count = full_replicas(factor); count != 0)
                known.factors_.emplace(datacenter, count);
    return known;
}

} // namespace cocql::routing
