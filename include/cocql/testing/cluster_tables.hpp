#pragma once

#include <cocql/column.hpp>
#include <cocql/inet_address.hpp>
#include <cocql/testing/id_of.hpp>
#include <cocql/testing/node_options.hpp>
#include <cocql/testing/system_table.hpp>
#include <cocql/value.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocql::testing {

/// The system tables of a scripted node, which may be changed while it runs. They are named with
/// their keyspaces: `system.peers`, `system_schema.tables`.
class cluster_tables {
  public:
    /// Empty ones of all that is asked for, as a node of this kind has them.
    explicit cluster_tables(manners like = manners::cassandra);

    /// In place of the table of this name, if there is one.
    void put(const std::string& name, system_table table) {
        tables_.insert_or_assign(name, std::move(table));
    }
    /// The table itself, to be changed; valid until it is removed. Throws std::out_of_range when
    /// there is none.
    system_table& at(const std::string& name) { return tables_.at(name); }
    /// Who asks for it is refused from now on, as by a server that has no such table.
    void remove(const std::string& name) { tables_.erase(name); }
    bool has(const std::string& name) const { return tables_.contains(name); }

    /// Puts these rows in place of those that a table has. What they say beyond its columns is left
    /// out. Throws std::out_of_range when there is no such table, and cocql::error when a value
    /// does not fit its column.
    void have_rows(const std::string& name, const std::vector<std::map<std::string, value>>& rows);

    /// This node, and the others: by their numbers, which are the last ones of their addresses
    /// unless `places` says otherwise.
    void have_nodes(int self, const std::vector<int>& others, std::uint16_t port = 9042,
                    const std::string& cluster = "test cluster",
                    const std::function<std::vector<std::string>(int)>& tokens = own_number,
                    const std::function<std::string(int)>& racks = one_rack,
                    const std::function<int(int)>& places = own_place);

    /// What the node answers: the columns and rows that were asked for. Nothing for a statement of
    /// another kind. With a page size: so many rows a page.
    std::optional<node_reply> answer(const node_request& request) const;
    /// The columns that a SELECT of these tables gets, and its markers; none for others.
    std::vector<column> columns_of(const std::string& cql) const;
    std::vector<column> markers_of(const std::string& cql) const;
    /// Of a node at this address that answers from these tables, which must outlive it.
    node_options options(const std::string& address = "127.0.0.1");

    std::size_t rows_per_page = 0; ///< 0: all

    /// What nodes have where nothing else is said: by a node's number.
    static std::vector<std::string> own_number(int node) { return {std::to_string(node)}; }
    static std::string one_rack(int) { return "r1"; }
    static int own_place(int node) { return node; }
    /// Of the node of this number: 127.0.0.1 and so on.
    static inet_address address(int node);
    /// `system.local` of `SELECT * FROM system.local WHERE …`.
    static std::string table_of(const std::string& cql);
    /// Whether it asks a table of the server's own.
    static bool asks_system(const std::string& cql);

  private:
    node_reply refusal(const std::string& of_table) const;

    manners like_;
    std::map<std::string, system_table> tables_;
};

} // namespace cocql::testing
