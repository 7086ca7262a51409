#include "client/session/session_core.hpp"

#include <algorithm>
#include <tuple>

// What is counted of requests and nodes, and which connections there are.

namespace cocql::client {

void session_core::attempt_failed(implementation& where, request_operation& request,
                                  const attempt_record& record, const error& why) {
    attempt_failed(where, why, request.frame() != nullptr);
    if (is_observed())
        observation_.attempt_ended(where, request, record, &why);
}

void session_core::attempt_failed(implementation& where, const error& why, bool is_answered) {
    auto& counts = *where.counts();
    counts.failures.add(kind_of(why));
    if (!is_answered)
        ++counts.unanswered;
}

error session_core::found_none(const bound_statement* by, const statement_options* said,
                               const attempts& tried) {
    auto why = said != nullptr && said->route() != nullptr && map_ != nullptr && !is_closed()
                   ? not_by_route(*said->route(), by, *said, tried)
                   : unreachable(tried);
    no_host_ += why.is(errc::invalid_argument) ? 0U : 1U;
    return why;
}

void session_core::add_load(const host_pool& of, session_metrics& to) noexcept {
    const auto now = of.now();
    to.connections += of.size();
    to.in_flight += now.in_flight;
    to.orphans += now.orphans;
}

std::vector<connection_info> session_core::connections() const {
    std::vector<connection_info> all;
    if (is_first() && control_->node()) {
        const auto& node = control_->node();
        auto& one = all.emplace_back();
        one.host = control_->node_id();
        one.where = node.where();
        one.is_control = true;
        one.version = node.version();
        one.authenticated = node.authenticated();
        one.peer = node.peer();
        one.supported = node.supported();
        one.in_flight = node.state().in_flight;
    }
    for (const auto& [id, pool] : pools_)
        pool->add_connections(all);
    for (const auto& each : leaving_)
        each->add_connections(all);
    std::ranges::stable_sort(all, [](const auto& one, const auto& other) {
        return std::tie(one.host, other.is_control, one.shard) <
               std::tie(other.host, one.is_control, other.shard);
    });
    return all;
}

session_metrics session_core::metrics() const {
    session_metrics told;
    told.counts = counts_.of_former();
    for (const auto& each : leaving_)
        add_load(*each, told);
    for (const auto& [id, counts] : counts_.of_used()) {
        auto& one = told.hosts.emplace_back();
        auto info = info_of(*map_->known().hosts->find(id));
        one.id = id;
        one.where = std::move(info.where);
        one.datacenter = std::move(info.datacenter);
        one.rack = std::move(info.rack);
        one.connections = info.connections;
        one.counts = *counts;
        told.counts += *counts;
        if (const auto pool = pools_.find(id); pool != pools_.end()) {
            const auto now = pool->second->now();
            one.in_flight = now.in_flight;
            one.orphans = now.orphans;
            add_load(*pool->second, told);
        }
    }
    told.retries = retries_;
    told.no_host = no_host_;
    told.tablet_hits = tablet_hits_;
    told.tablet_misses = tablet_misses_;
    told.tablets_learned = tablets_learned_;
    told.tablets_read = tablets_read_;
    told.control_reconnects = control_connections_ == 0 ? 0 : control_connections_ - 1;
    if (is_first())
        told.events = control_->events_heard();
    return told;
}

} // namespace cocql::client
