#include "show_replicas.hpp"

#include "content_of.hpp"
#include "text.hpp"
#include "token_ring.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

using name_by_host = std::map<cocql::uuid, std::string>;
using tablet_replicas = std::vector<std::tuple<cocql::uuid, std::int32_t>>;

cocql::error refusal(const std::string& text) {
    return cocql::error(cocql::errc::invalid_argument, text);
}

/// The first of these columns that has an address which can be connected to.
std::string address_of(const cocql::page& page, const cocql::row_view& row,
                       std::initializer_list<std::string_view> columns) {
    for (const auto name : columns) {
        const auto address = content_of<cocql::inet_address>(page, row, name);
        if (!address)
            continue;
        const auto bytes = address->bytes();
        if (std::any_of(bytes.begin(), bytes.end(), [](std::byte b) { return b != std::byte{0}; }))
            return address->to_string();
    }
    return {};
}

/// The cluster, as the node that we are connected to knows it.
class cluster_picture {
  public:
    std::string partitioner;
    std::vector<ring_node> nodes;
    name_by_host names;

    void add(const cocql::page& page, const cocql::row_view& row, std::string address) {
        ring_node node;
        node.address = std::move(address);
        node.data_center = content_of<std::string>(page, row, "data_center").value_or("");
        node.rack = content_of<std::string>(page, row, "rack").value_or("");
        for (const auto& text : content_of<std::vector<std::string>>(page, row, "tokens")
                                    .value_or(std::vector<std::string>()))
            if (auto place = parse_token(text))
                node.tokens.push_back(std::move(*place));
        if (const auto id = content_of<cocql::uuid>(page, row, "host_id"))
            names[*id] = node.address;
        nodes.push_back(std::move(node));
    }
};

asio::awaitable<cocql::result<cluster_picture>> ask_for_cluster(session& where) {
    cluster_picture cluster;
    auto local = co_await where.ask("SELECT * FROM system.local WHERE key = 'local'");
    if (!local)
        co_return local.error();
    for (const auto row : local->rows()) {
        auto address = address_of(*local, row, {"rpc_address", "broadcast_address"});
        if (address.empty())
            address = where.settings.host;
        cluster.partitioner = content_of<std::string>(*local, row, "partitioner").value_or("");
        cluster.add(*local, row, std::move(address));
    }
    // The newer table tells several nodes of one address apart; not all servers have it.
    auto peers = co_await where.ask("SELECT * FROM system.peers_v2");
    if (!peers && peers.error().server() != nullptr)
        peers = co_await where.ask("SELECT * FROM system.peers");
    if (!peers)
        co_return peers.error();
    for (const auto row : peers->rows()) {
        auto address = address_of(*peers, row, {"native_address", "rpc_address", "peer"});
        if (!address.empty())
            cluster.add(*peers, row, std::move(address));
    }
    co_return cluster;
}

/// As Python's repr() of a list of texts.
std::string as_list(const std::vector<std::string>& addresses) {
    std::string text = "[";
    for (const auto& address : addresses)
        text += (text.size() == 1 ? "'" : ", '") + address + "'";
    return text + "]";
}

/// The replicas of each table at a token, from the rows of system.tablets.
class tablet_map {
  public:
    void add(const cocql::page& page, const cocql::row_view& row, const token& place) {
        const auto id = content_of<cocql::uuid>(page, row, "table_id").value_or(cocql::uuid());
        auto& table = tables_[id];
        table.name = content_of<std::string>(page, row, "table_name").value_or(id.to_string());
        table.base = content_of<cocql::uuid>(page, row, "base_table");
        const auto last = content_of<std::int64_t>(page, row, "last_token");
        if (!last || place > *last || (table.last && *table.last <= *last))
            return;
        table.last = last;
        table.replicas =
            content_of<tablet_replicas>(page, row, "replicas").value_or(tablet_replicas());
    }

    /// By the tables' names.
    std::map<std::string, tablet_replicas> replicas() const {
        std::map<std::string, tablet_replicas> all;
        for (const auto& [id, table] : tables_) {
            // A table that is kept beside another has no tablets of its own.
            const auto base = table.base ? tables_.find(*table.base) : tables_.end();
            all[table.name] =
                !table.last && base != tables_.end() ? base->second.replicas : table.replicas;
        }
        return all;
    }

  private:
    class entry {
      public:
        std::string name;
        std::optional<cocql::uuid> base;
        std::optional<std::int64_t> last; ///< of the tablet that has the token
        tablet_replicas replicas;
    };

    std::map<cocql::uuid, entry> tables_;
};

/// Whether the keyspace is kept in tablets, which only newer versions of ScyllaDB have.
asio::awaitable<cocql::result<bool>> has_tablets(session& where, std::string keyspace) {
    auto answer = co_await where.ask("SELECT initial_tablets FROM system_schema.scylla_keyspaces "
                                     "WHERE keyspace_name = " +
                                     text_literal(keyspace));
    if (!answer && answer.error().server() == nullptr)
        co_return answer.error();
    co_return answer && !answer->empty() && !answer->front()[0].is_null();
}

asio::awaitable<cocql::result<void>> show_tablets(session& where, std::string keyspace, token place,
                                                  name_by_host names) {
    auto rows = co_await where.ask("SELECT * FROM system.tablets WHERE keyspace_name = " +
                                   text_literal(keyspace) + " ALLOW FILTERING");
    if (!rows) {
        if (rows.error().server() == nullptr)
            co_return rows.error();
        co_return refusal("'" + keyspace +
                          "' is kept in tablets, and the server does not tell of " +
                          "them: " + rows.error().server()->message);
    }
    tablet_map tablets;
    for (const auto row : rows->rows())
        tablets.add(*rows, row, place);
    const auto tables = tablets.replicas();
    if (tables.empty())
        co_return refusal("'" + keyspace + "' is kept in tablets, and has no table yet");
    for (const auto& [table, replicas] : tables) {
        std::vector<std::string> addresses;
        for (const auto& [host, shard] : replicas) {
            const auto name = names.find(host);
            addresses.push_back(name != names.end() ? name->second : host.to_string());
        }
        where.out.note(table + ": " + as_list(addresses));
    }
    co_return cocql::result<void>();
}

asio::awaitable<cocql::result<std::map<std::string, std::string>>>
ask_for_replication(session& where, std::string keyspace) {
    using replication = std::map<std::string, std::string>;
    const auto condition = " WHERE keyspace_name = " + text_literal(keyspace);
    auto found = co_await where.ask("SELECT replication FROM system_schema.keyspaces" + condition);
    if (!found)
        co_return found.error();
    if (!found->empty()) {
        auto known = content_of<replication>(*found, found->front(), "replication");
        if (!known)
            co_return refusal("the replication of '" + keyspace + "' cannot be read");
        co_return std::move(*known);
    }
    // Virtual tables are made by each node of what it knows.
    auto made_up =
        co_await where.ask("SELECT keyspace_name FROM system_virtual_schema.keyspaces" + condition);
    if (!made_up && made_up.error().server() == nullptr)
        co_return made_up.error();
    if (made_up && !made_up->empty())
        co_return replication{{"class", "LocalStrategy"}};
    co_return refusal("'" + keyspace + "' not found in keyspaces");
}

} // namespace

asio::awaitable<cocql::result<void>> show_replicas(session& where, std::string token_text,
                                                   std::string keyspace) {
    const auto place = parse_token(token_text);
    if (!place)
        co_return refusal("'" + token_text + "' is no token");
    if (keyspace.empty())
        co_return refusal("No keyspace: name one after the token, or USE one");
    auto replication = co_await ask_for_replication(where, keyspace);
    if (!replication)
        co_return replication.error();
    auto cluster = co_await ask_for_cluster(where);
    if (!cluster)
        co_return cluster.error();
    if (const auto objection = objection_to(*place, cluster->partitioner))
        co_return refusal("'" + token_text + "' is no token: " + *objection);
    auto in_tablets = co_await has_tablets(where, keyspace);
    if (!in_tablets)
        co_return in_tablets.error();
    if (*in_tablets) {
        auto shown = co_await show_tablets(where, keyspace, *place, cluster->names);
        co_return shown;
    }
    auto addresses = token_ring(cluster->nodes).replicas(*replication, *place);
    if (!addresses)
        co_return addresses.error();
    where.out.note(as_list(*addresses));
    co_return cocql::result<void>();
}

} // namespace cocqlsh
