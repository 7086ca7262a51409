#pragma once

#include "live.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace live {

/// One copy in each data centre, whatever their names. ScyllaDB, which keeps its tables in tablets,
/// knows no SimpleStrategy.
inline constexpr std::string_view replication =
    "{'class': 'NetworkTopologyStrategy', 'replication_factor': 1}";

inline std::string create_keyspace(std::string_view name) {
    return "CREATE KEYSPACE " + std::string(name) +
           " WITH replication = " + std::string(replication);
}

/// Only ScyllaDB's nodes speak of themselves so.
inline bool is_scylla(const cocql::connection& to) {
    const auto first = to.supported().lower_bound("SCYLLA_");
    return first != to.supported().end() && first->first.starts_with("SCYLLA_");
}

/// Waits until all nodes have the same schema. With one copy of each row most rows lie on other
/// nodes than the one that was asked to make their table, and those learn of it a moment later.
inline boost::asio::awaitable<void> schema_agrees(cocql::connection to) {
    using versions = std::set<std::optional<cocql::uuid>>;
    constexpr auto patience = std::chrono::minutes(2);
    const auto until = std::chrono::steady_clock::now() + patience;
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
    for (;;) {
        versions seen;
        const auto own = co_await to.query("SELECT schema_version FROM system.local");
        for (const auto& [version] : own.rows<std::optional<cocql::uuid>>())
            seen.insert(version);
        const auto others = co_await to.query("SELECT schema_version FROM system.peers");
        for (const auto& [version] : others.rows<std::optional<cocql::uuid>>())
            seen.insert(version);
        if (seen.size() == 1)
            co_return;
        if (std::chrono::steady_clock::now() > until)
            throw std::runtime_error("the nodes do not agree on their schema");
        pause.expires_after(std::chrono::milliseconds(50));
        co_await pause.async_wait(boost::asio::use_awaitable);
    }
}

/// Runs a statement that changes the schema; on return all nodes have the new one.
inline boost::asio::awaitable<cocql::page> change_schema(cocql::connection to, std::string cql) {
    auto changed = co_await to.query(cql);
    co_await schema_agrees(to);
    co_return changed;
}

inline boost::asio::awaitable<void> have_keyspace(cocql::connection to, std::string_view name) {
    co_await change_schema(std::move(to), create_keyspace("IF NOT EXISTS " + std::string(name)));
}

} // namespace live
