#include "client/control/no_node.hpp"
#include "client/session/session_core.hpp"

#include <algorithm>
#include <utility>
#include <vector>

// A session without a control connection: the contact points are its nodes.

namespace cocql::client {

namespace asio = boost::asio;

namespace {

error says_nothing(const std::string& what) {
    return error(errc::bad_configuration, what + " says nothing without a control connection")
        .with_advice("leave it out, or let there be a control connection");
}

} // namespace

result<void> session_core::check_without_control() const {
    if (how_.control_connection())
        return {};
    if (how_.contact_points().empty())
        return no_contact_point();
    if (!how_.local_datacenter().empty())
        return says_nothing("a local data centre");
    if (!how_.cluster_name().empty())
        return says_nothing("the name of the cluster");
    for (const auto& [name, profile] : how_.execution_profiles())
        if (!profile.local_datacenter().value_or("").empty())
            return says_nothing("the local data centre of the execution profile '" + name + "'");
    return {};
}

/// They are known at once, and never become others.
asio::awaitable<result<void>> session_core::know_contact_points() {
    tablets_over_.make();
    metadata_read(contact_nodes_->snapshot());
    co_return result<void>();
}

/// As a control connection says it, which finds none.
error session_core::no_contact_point_reached() const {
    std::vector<error> failures;
    for (const auto& [id, pool] : pools_)
        if (pool->last_failure())
            failures.push_back(*pool->last_failure());
    return failures.empty() ? unreachable(attempts()) : no_node(std::move(failures));
}

endpoint session_core::where_is(const metadata::host& which) const {
    if (contact_nodes_)
        if (const auto* const point = contact_nodes_->find(which.id))
            return *point;
    return endpoint(which.address.to_string(), which.port);
}

} // namespace cocql::client
