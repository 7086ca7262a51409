#pragma once

#include "cluster.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace cocql::tests {

inline constexpr const char* versions_key = "TABLETS_ROUTING_V2_EXPERIMENTAL";

/// Each tablet is known by a version after one request.
struct versioned_cluster : session_cluster {
    explicit versioned_cluster(int tablets, const std::string& consistency = "eventual",
                               int replicas = 1)
        : session_cluster(3, 2) {
        have_keyspace(replicas);
        have_tablets(tablets, consistency);
        offer_tablet_versions(versions_key);
    }

    /// Whether the request that came last said the version that its tablet has now.
    bool knew_version() const {
        const auto& last = requests.back();
        return last.version_block && is_of_version(*last.version_block, tablet_of(last.key));
    }
    /// Or that it knew of none: no block of a version is zero here.
    bool knew_none() const {
        const auto& last = requests.back();
        return last.version_block && (*last.version_block & 0xf) == 0;
    }
    /// It came to where the tablet's leader is, or its only replica.
    bool came_to_first() const {
        const auto& last = requests.back();
        const auto tablet = tablet_of(last.key);
        return last.node == node_of_tablet(tablet) && last.shard == shard_of_tablet(tablet);
    }
};

inline boost::asio::awaitable<void> find_key(session& app, std::string key) {
    const auto find = co_await app.prepare(session_cluster::find_cql);
    co_await app.execute(find, key);
}

inline boost::asio::awaitable<void> find_key(session& app, std::string key, consistency level) {
    const auto find = co_await app.prepare(session_cluster::find_cql);
    const auto options = statement_options().consistency(level);
    auto finding = app.execute(find, options, key);
    co_await std::move(finding);
}

/// The nodes that so many reads of a key come to.
inline boost::asio::awaitable<std::set<int>> nodes_for(session_cluster& cluster, session& app,
                                                       std::string key, consistency level) {
    cluster.requests.clear();
    for (int i = 0; i < 100; ++i)
        co_await find_key(app, key, level);
    co_return cluster.nodes_asked();
}

inline std::string key_of(int number) {
    return "key " + std::to_string(number);
}

/// A key of each tablet.
inline std::vector<std::string> key_of_each(const testing::scripted_cluster& cluster) {
    std::map<int, std::string> keys;
    for (int i = 0; static_cast<int>(keys.size()) < cluster.tablets; ++i)
        keys.emplace(cluster.tablet_of(key_of(i)), key_of(i));
    std::vector<std::string> all;
    for (const auto& [tablet, key] : keys)
        all.push_back(key);
    return all;
}

} // namespace cocql::tests
