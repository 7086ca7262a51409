#pragma once

#include <cocql/cocql.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace live {

/// A connection to each node of a cluster, by which it is asked what it has counted itself. What
/// these tables have is Cassandra's.
class witnesses {
  public:
    boost::asio::awaitable<void> open(cocql::session app, cocql::connection_options how) {
        const auto hosts = co_await app.hosts();
        for (const auto& each : hosts)
            nodes_.push_back(co_await cocql::connection::open(each.where, how));
    }
    boost::asio::awaitable<void> close() {
        for (auto& each : nodes_)
            co_await each.close();
    }
    std::size_t size() const noexcept { return nodes_.size(); }
    cocql::connection& first() { return nodes_.front(); }

    /// Reads ("read") or writes ("write") of a table that nodes were asked for by clients, of each
    /// node.
    boost::asio::awaitable<std::vector<std::int64_t>>
    coordinated(std::string what, std::string keyspace, std::string table) {
        co_return co_await of_each("SELECT count FROM system_views.coordinator_" + what +
                                   "_latency WHERE keyspace_name = '" + keyspace +
                                   "' AND table_name = '" + table + "'");
    }
    /// Messages that each node has sent to others. Besides those that requests lead to, nodes
    /// gossip: some in a second. (What they have received would be less: internode_inbound does not
    /// show all that a node gets.)
    boost::asio::awaitable<std::vector<std::int64_t>> messages() {
        co_return co_await of_each("SELECT sent_count FROM system_views.internode_outbound");
    }

  private:
    boost::asio::awaitable<std::vector<std::int64_t>> of_each(std::string cql) {
        std::vector<std::int64_t> counts;
        for (auto& each : nodes_) {
            const auto page = co_await each.query(cql);
            auto& sum = counts.emplace_back();
            for (const auto& [count] : page.rows<std::int64_t>())
                sum += count;
        }
        co_return counts;
    }

    std::vector<cocql::connection> nodes_;
};

} // namespace live
