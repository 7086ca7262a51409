#pragma once

#include <cocql/uuid.hpp>
#include <cocql/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cocql {

/// Where one request of a session goes, in place of where the session would send it; see
/// statement_options::route().
///
///     using route = cocql::request_route;
///     route::to_host(id)                  // this node
///     route::to_shard(id, 3)              // this shard of it
///     route::by_token(token)              // where a bound statement's table has it
///     route::by_key({7, "a"}).of_table("app", "people")
///
/// A node that is named is the only one: where it cannot be used the request fails before anything
/// is sent, and goes nowhere else. A token or a key says where the data is, as the markers of a
/// prepared statement do: to a replica, near ones first, and to another node where none can be
/// used.
class request_route {
  public:
    /// To this node (host_info::id), whatever the local data centre. errc::no_host_available where
    /// the cluster has no such node, the session keeps no connections to it, or none is there now.
    static request_route to_host(uuid id) noexcept { return request_route(host{id, std::nullopt}); }
    /// To this shard of it, counted from 0. errc::invalid_argument where the node has no such
    /// shard, or none at all (Cassandra); errc::no_host_available, too, where no connection leads
    /// to that shard at the moment (session::ready() waits for all of them), or it is a sibling's
    /// (options::siblings_share_shards()).
    static request_route to_shard(uuid id, std::uint32_t shard) noexcept {
        return request_route(host{id, shard});
    }
    /// To the replicas of a token. The table is the bound statement's, unless of_table() names it;
    /// with neither the request fails with errc::invalid_argument.
    static request_route by_token(std::int64_t token) noexcept { return request_route(token); }
    /// To the replicas of a partition: the columns of its key, in the key's order, as the table's
    /// types want them; errc::invalid_argument where they do not fit. The table as above.
    static request_route by_key(std::vector<value> columns) {
        return request_route(std::move(columns));
    }

    /// Of which table token or key are. An empty keyspace is statement_options::keyspace(), or the
    /// session's. Where the session does not know the table, as when it was made a moment ago, the
    /// request goes to any of the near nodes, as one of which nothing is known.
    request_route& of_table(std::string keyspace, std::string table) {
        keyspace_ = std::move(keyspace);
        table_ = std::move(table);
        return *this;
    }

    struct host {
        uuid id;
        std::optional<std::uint32_t> shard;
    };
    /// Null where no node is named.
    const host* to() const noexcept { return std::get_if<host>(&where_); }
    const std::int64_t* token() const noexcept { return std::get_if<std::int64_t>(&where_); }
    const std::vector<value>* key() const noexcept {
        return std::get_if<std::vector<value>>(&where_);
    }
    const std::string& keyspace() const noexcept { return keyspace_; }
    /// Empty: the statement's.
    const std::string& table() const noexcept { return table_; }

  private:
    using place = std::variant<host, std::int64_t, std::vector<value>>;
    explicit request_route(place where) noexcept : where_(std::move(where)) {}

    place where_;
    std::string keyspace_;
    std::string table_;
};

} // namespace cocql
