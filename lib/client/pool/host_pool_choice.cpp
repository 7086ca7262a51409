#include "client/pool/host_pool.hpp"

#include <cstddef>
#include <utility>

// Which of its connections a request goes by, and what there is of them.

namespace cocql::client {

namespace {

/// Instead of one.
const host_pool::shared_connection& none_at_all() noexcept {
    static const host_pool::shared_connection none;
    return none;
}

/// The one with the fewest requests in flight of those that take any; null for none.
template <class Lanes>
const host_pool::shared_connection* idlest_of(const Lanes& lanes) noexcept {
    const host_pool::shared_connection* found = nullptr;
    std::size_t fewest = 0;
    for (const auto& each : lanes) {
        if (!each.connection->takes_requests())
            continue;
        const auto count = each.connection->protocol()->in_flight();
        if (found != nullptr && count >= fewest)
            continue;
        found = &each.connection;
        fewest = count;
    }
    return found;
}

} // namespace

const host_pool::shared_connection& host_pool::choose_connection_to(std::uint32_t shard,
                                                                    shard_is why) noexcept {
    const auto& found = idlest_connection_to(shard);
    if (why == shard_is::where_the_data_is && found != nullptr && found->shard() &&
        *found->shard() != shard)
        ++counts_->wrong_shard;
    return found;
}

const host_pool::shared_connection& host_pool::idlest_connection_to(std::uint32_t shard) noexcept {
    if (const auto* const found = find_connection_to(shard))
        return *found;
    // Begins with another one each time, lest the first shard gets what all the others lack.
    const auto count = serving_.size();
    const auto first = count > 1 ? chance() % count : 0;
    for (std::size_t i = 0; i < count; ++i)
        if (const auto* const found = idlest_of(serving_[(first + i) % count]))
            return *found;
    const auto* const found = idlest_of(retired_);
    return found != nullptr ? *found : none_at_all();
}

const host_pool::shared_connection*
host_pool::find_connection_to(std::uint32_t shard) const noexcept {
    if (shard < serving_.size())
        if (const auto* const found = idlest_of(serving_[shard]))
            return found;
    for (const auto& each : retired_)
        if (each.shard == shard && each.connection->takes_requests())
            return &each.connection;
    return nullptr;
}

const host_pool::shared_connection& host_pool::connection_to_just(std::uint32_t shard) noexcept {
    const auto* const found = find_connection_to(shard);
    return found != nullptr ? *found : none_at_all();
}

// --- what there is

host_pool::load host_pool::now() const noexcept {
    load all;
    const auto add = [&all](const lanes& which) {
        for (const auto& each : which)
            if (const auto* const protocol = each.connection->protocol()) {
                all.in_flight += protocol->in_flight();
                all.orphans += protocol->orphans();
            }
    };
    for (const auto& each : serving_)
        add(each);
    for (const auto* const each : {&kept_, &retired_, &draining_})
        add(*each);
    return all;
}

void host_pool::add_connections(std::vector<connection_info>& to) const {
    const auto add = [&](const lanes& which, bool serve) {
        for (const auto& each : which) {
            const auto& connection = *each.connection;
            const auto* const protocol = each.connection->protocol();
            if (protocol == nullptr || protocol->is_over())
                continue;
            auto& one = to.emplace_back();
            one.host = host_;
            one.where = connection.where();
            one.shard = connection.shard();
            one.takes_requests = serve && protocol->is_ready();
            one.version = connection.version();
            one.authenticated = connection.authenticated();
            one.peer = connection.peer();
            one.supported = connection.supported();
            one.in_flight = protocol->in_flight();
        }
    };
    for (const auto& each : serving_)
        add(each, true);
    add(retired_, true);
    add(kept_, false);
    add(draining_, false);
}

} // namespace cocql::client
