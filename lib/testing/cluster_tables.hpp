#pragma once

#include "testing/schema_tables.hpp"
#include "testing/system_table.hpp"

#include <cocql/testing/node_options.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocql::testing {

/// The system tables of a scripted node, which may be changed while it runs.
class cluster_tables {
  public:
    /// Empty ones of all that is asked for, as a node of this kind has them.
    explicit cluster_tables(manners like = manners::cassandra) : like_(like) {
        put("system.local", local_table());
        put("system.peers", peers_table());
        if (like == manners::cassandra)
            put("system.peers_v2", peers_v2_table());
        put("system_schema.keyspaces", keyspaces_table());
        put("system_schema.types", types_table());
        put("system_schema.tables", tables_table());
        put("system_schema.views", views_table());
        put("system_schema.columns", columns_table());
        put("system_schema.indexes", indexes_table());
        put("system_schema.functions", functions_table());
        put("system_schema.aggregates", aggregates_table());
        if (like == manners::scylla) {
            put("system_schema.scylla_keyspaces", scylla_keyspaces_table());
            put("system_schema.scylla_tables", scylla_tables_table());
        }
    }

    void put(const std::string& name, system_table table) {
        tables_.insert_or_assign(name, std::move(table));
    }
    system_table& at(const std::string& name) { return tables_.at(name); }
    void remove(const std::string& name) { tables_.erase(name); }

    /// This node, and the others: by their numbers, which are the last ones of their addresses.
    void have_nodes(int self, const std::vector<int>& others, std::uint16_t port = 9042,
                    const std::string& cluster = "test cluster",
                    const std::function<std::vector<std::string>(int)>& tokens = own_number) {
        auto local = local_table();
        local.add({{"key", "local"},
                   {"broadcast_address", address(self)},
                   {"cluster_name", cluster},
                   {"data_center", "dc1"},
                   {"host_id", id_of(self)},
                   {"partitioner", "org.apache.cassandra.dht.Murmur3Partitioner"},
                   {"rack", "r1"},
                   {"rpc_address", address(self)},
                   {"rpc_port", static_cast<int>(port)},
                   {"tokens", tokens_of(tokens(self))}});
        put("system.local", std::move(local));
        auto peers = peers_table();
        auto peers_v2 = peers_v2_table();
        for (const auto other : others) {
            peers.add({{"peer", address(other)},
                       {"data_center", "dc1"},
                       {"host_id", id_of(other)},
                       {"rack", "r1"},
                       {"rpc_address", address(other)},
                       {"tokens", tokens_of(tokens(other))}});
            peers_v2.add({{"peer", address(other)},
                          {"data_center", "dc1"},
                          {"host_id", id_of(other)},
                          {"rack", "r1"},
                          {"native_address", address(other)},
                          {"native_port", static_cast<int>(port)},
                          {"tokens", tokens_of(tokens(other))}});
        }
        put("system.peers", std::move(peers));
        if (like_ == manners::cassandra)
            put("system.peers_v2", std::move(peers_v2));
    }

    /// What the node answers; nothing for a statement of another kind. With a page size: so many
    /// rows a page.
    std::optional<node_reply> answer(const node_request& request) const {
        const auto name = table_of(request.cql);
        if (name.empty())
            return std::nullopt;
        const auto found = tables_.find(name);
        if (found == tables_.end())
            return error_of(
                server_error{server_error_code::invalid, "table " + name + " does not exist", {}});
        const auto& rows = found->second.rows();
        if (rows_per_page == 0)
            return rows_of(found->second.columns(), rows);
        const std::size_t begin = request.paging_state.empty()
                                      ? 0
                                      : std::to_integer<std::size_t>(request.paging_state[0]);
        const auto end = std::min(rows.size(), begin + rows_per_page);
        const auto page =
            rows_of(found->second.columns(), {rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                              rows.begin() + static_cast<std::ptrdiff_t>(end)});
        if (end == rows.size())
            return page;
        const std::byte next{static_cast<unsigned char>(end)};
        return with_more(page, std::span(&next, 1));
    }
    node_options options(const std::string& address = "127.0.0.1") {
        node_options made;
        made.address = address;
        made.like = like_;
        made.answer_request = [this](const node_request& request) { return answer(request); };
        return made;
    }

    std::size_t rows_per_page = 0; ///< 0: all

    static std::vector<std::string> own_number(int node) { return {std::to_string(node)}; }
    static inet_address address(int node) { return address_of("127.0.0." + std::to_string(node)); }
    /// `system.local` of `SELECT * FROM system.local WHERE …`.
    static std::string table_of(const std::string& cql) {
        const std::string before = " FROM ";
        const auto from = cql.find(before);
        if (from == cql.npos)
            return {};
        const auto begin = from + before.size();
        return cql.substr(begin, cql.find(' ', begin) - begin);
    }

  private:
    manners like_;
    std::map<std::string, system_table> tables_;
};

} // namespace cocql::testing
