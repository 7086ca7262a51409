#pragma once

#include "testing/system_select.hpp"
#include "testing/system_table.hpp"

#include <cocql/testing/node_options.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocql::testing {

/// The system tables of a scripted node, which may be changed while it runs.
class cluster_tables {
  public:
    /// Empty ones of all that is asked for, as a node of this kind has them.
    explicit cluster_tables(manners like = manners::cassandra);

    void put(const std::string& name, system_table table) {
        tables_.insert_or_assign(name, std::move(table));
    }
    system_table& at(const std::string& name) { return tables_.at(name); }
    void remove(const std::string& name) { tables_.erase(name); }
    bool has(const std::string& name) const { return tables_.contains(name); }

    /// Puts these rows in place of those that a table has. What they say beyond its columns is left
    /// out.
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
    node_options options(const std::string& address = "127.0.0.1") {
        node_options made;
        made.address = address;
        made.like = like_;
        made.answer_request = [this](const node_request& request) { return answer(request); };
        return made;
    }

    std::size_t rows_per_page = 0; ///< 0: all

    static std::vector<std::string> own_number(int node) { return {std::to_string(node)}; }
    static std::string one_rack(int) { return "r1"; }
    static int own_place(int node) { return node; }
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

    /// Whether it asks a table of the server's own.
    static bool asks_system(const std::string& cql);

  private:
    /// Of the columns of a table those that are asked for, by their places; nothing: one is
    /// unknown.
    static std::optional<std::vector<std::size_t>> places_of(const system_select& select,
                                                             const system_table& table);
    node_reply refusal(const std::string& of_table) const;

    manners like_;
    std::map<std::string, system_table> tables_;
};

} // namespace cocql::testing
