#include "testing/host_tables.hpp"
#include "testing/schema_tables.hpp"
#include "testing/scylla_tables.hpp"
#include "testing/system_select.hpp"

#include <cocql/testing/cluster_tables.hpp>

#include <algorithm>
#include <cstdint>
#include <span>

namespace cocql::testing {

namespace {

using condition = system_select::condition;
using table_row = std::vector<value>;

/// Where a column is in a table; behind the last one: nowhere.
std::size_t place_of(const system_table& table, const std::string& name) {
    const auto found = std::ranges::find(table.columns(), name, &column::name);
    return static_cast<std::size_t>(found - table.columns().begin());
}

/// The first name that a table has not.
std::string unknown_of(const system_select& select, const system_table& table) {
    auto names = select.columns;
    for (const auto& each : select.conditions)
        names.push_back(each.column);
    const auto unknown = [&](const std::string& name) {
        return place_of(table, name) == table.columns().size();
    };
    const auto found = std::ranges::find_if(names, unknown);
    return found != names.end() ? *found : std::string();
}

bool is_text(const value& cell, const std::string& text) {
    if (const auto* same = cell.get<std::string>())
        return *same == text;
    const auto* address = cell.get<inet_address>();
    return address != nullptr && inet_address::parse(text) == *address;
}

bool is_bound(const column& column, const value& cell,
              const std::optional<std::vector<std::byte>>& bound) {
    std::vector<std::byte> bytes;
    return bound && !cell.is_null() && encode(column.type, cell, bytes) && bytes == *bound;
}

bool fits(const system_table& table, const table_row& row, const std::vector<condition>& conditions,
          const std::vector<std::optional<std::vector<std::byte>>>& bound) {
    std::size_t next = 0;
    for (const auto& each : conditions) {
        const auto place = place_of(table, each.column);
        if (each.text) {
            if (!is_text(row[place], *each.text))
                return false;
        } else if (const auto which = next++;
                   which >= bound.size() ||
                   !is_bound(table.columns()[place], row[place], bound[which])) {
            return false;
        }
    }
    return true;
}

/// As it is in a table of this name, with its keyspace.
column in_table(column one, const std::string& name) {
    one.keyspace = name.substr(0, name.find('.'));
    one.table = name.substr(name.find('.') + 1);
    return one;
}

/// Of the columns of a table those that are asked for, by their places; nothing: one is unknown.
std::optional<std::vector<std::size_t>> places_of(const system_select& select,
                                                  const system_table& table) {
    std::vector<std::size_t> places;
    for (const auto& each : select.conditions)
        if (place_of(table, each.column) == table.columns().size())
            return std::nullopt;
    for (const auto& each : select.columns) {
        places.push_back(place_of(table, each));
        if (places.back() == table.columns().size())
            return std::nullopt;
    }
    if (select.columns.empty())
        for (std::size_t i = 0; i < table.columns().size(); ++i)
            places.push_back(i);
    return places;
}

} // namespace

cluster_tables::cluster_tables(manners like) : like_(like) {
    const bool scylla = like == manners::scylla;
    put("system.local", scylla ? scylla_local_table() : local_table());
    put("system.peers", scylla ? scylla_peers_table() : peers_table());
    if (!scylla)
        put("system.peers_v2", peers_v2_table());
    put("system_schema.keyspaces", keyspaces_table());
    put("system_schema.types", types_table());
    put("system_schema.tables", scylla ? scylla_schema_tables_table() : tables_table());
    put("system_schema.views", scylla ? scylla_schema_views_table() : views_table());
    put("system_schema.columns", scylla ? scylla_schema_columns_table() : columns_table());
    put("system_schema.indexes", indexes_table());
    put("system_schema.functions", functions_table());
    put("system_schema.aggregates", aggregates_table());
    if (scylla) {
        put("system_schema.scylla_keyspaces", scylla_keyspaces_table());
        put("system_schema.scylla_tables", scylla_schema_scylla_tables_table());
    }
}

void cluster_tables::have_rows(const std::string& name,
                               const std::vector<std::map<std::string, value>>& rows) {
    auto& table = at(name);
    auto made = table.without_rows();
    for (auto row : rows) {
        std::erase_if(row, [&](const auto& each) {
            return place_of(table, each.first) == table.columns().size();
        });
        made.add(row);
    }
    table = std::move(made);
}

void cluster_tables::have_nodes(int self, const std::vector<int>& others, std::uint16_t port,
                                const std::string& cluster,
                                const std::function<std::vector<std::string>(int)>& tokens,
                                const std::function<std::string(int)>& racks,
                                const std::function<int(int)>& places) {
    const auto schema = uuid::parse("5e1f0b7c-0000-1000-8000-000000000001").value();
    // The version of Cassandra that ScyllaDB has been calling itself since ever.
    const std::string release = like_ == manners::scylla ? "3.0.8" : "5.0.6";
    const auto common = [&](int node) {
        return std::map<std::string, value>{{"data_center", "dc1"},
                                            {"host_id", id_of(node)},
                                            {"rack", racks(node)},
                                            {"release_version", release},
                                            {"rpc_address", address(places(node))},
                                            {"schema_version", schema},
                                            {"tokens", tokens_of(tokens(node))}};
    };
    auto local = common(self);
    local.insert({{"key", "local"},
                  {"bootstrapped", "COMPLETED"},
                  {"broadcast_address", address(places(self))},
                  {"cluster_name", cluster},
                  {"cql_version", "3.3.1"},
                  {"gossip_generation", 1'700'000'000},
                  {"listen_address", address(places(self))},
                  {"native_protocol_version", "4"},
                  {"partitioner", "org.apache.cassandra.dht.Murmur3Partitioner"},
                  {"rpc_port", static_cast<int>(port)}});
    have_rows("system.local", {local});
    std::vector<std::map<std::string, value>> peers;
    for (const auto other : others) {
        auto& peer = peers.emplace_back(common(other));
        peer.insert({{"peer", address(places(other))},
                     {"native_address", address(places(other))},
                     {"native_port", static_cast<int>(port)}});
    }
    have_rows("system.peers", peers);
    if (like_ == manners::cassandra)
        have_rows("system.peers_v2", peers);
}

node_reply cluster_tables::refusal(const std::string& of_table) const {
    const auto said = like_ == manners::scylla
                          ? "unconfigured table " + of_table.substr(of_table.find('.') + 1)
                          : "table " + of_table + " does not exist";
    return error_of(server_error{server_error_code::invalid, said, {}});
}

std::optional<node_reply> cluster_tables::answer(const node_request& request) const {
    const auto select = system_select::parse(request.cql);
    if (!select)
        return std::nullopt;
    const auto found = tables_.find(select->table);
    if (found == tables_.end())
        return refusal(select->table);
    const auto& table = found->second;
    const auto places = places_of(*select, table);
    if (!places)
        return error_of(server_error{
            server_error_code::invalid, "Unrecognized name " + unknown_of(*select, table), {}});
    std::vector<table_row> rows;
    for (const auto& each : table.rows())
        if (fits(table, each, select->conditions, request.values)) {
            auto& row = rows.emplace_back();
            for (const auto place : *places)
                row.push_back(each[place]);
        }
    const auto columns = columns_of(request.cql);
    if (rows_per_page == 0)
        return rows_of(columns, rows);
    const std::size_t begin =
        request.paging_state.empty() ? 0 : std::to_integer<std::size_t>(request.paging_state[0]);
    const auto end = std::min(rows.size(), begin + rows_per_page);
    const auto page = rows_of(columns, {rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                        rows.begin() + static_cast<std::ptrdiff_t>(end)});
    if (end == rows.size())
        return page;
    const std::byte next{static_cast<unsigned char>(end)};
    return with_more(page, std::span(&next, 1));
}

std::vector<column> cluster_tables::columns_of(const std::string& cql) const {
    std::vector<column> columns;
    const auto select = system_select::parse(cql);
    const auto found = select ? tables_.find(select->table) : tables_.end();
    if (found != tables_.end())
        for (const auto place :
             places_of(*select, found->second).value_or(std::vector<std::size_t>()))
            columns.push_back(in_table(found->second.columns()[place], found->first));
    return columns;
}

std::vector<column> cluster_tables::markers_of(const std::string& cql) const {
    std::vector<column> markers;
    const auto select = system_select::parse(cql);
    const auto found = select ? tables_.find(select->table) : tables_.end();
    if (found != tables_.end() && places_of(*select, found->second))
        for (const auto& each : select->conditions)
            if (!each.text)
                markers.push_back(in_table(
                    found->second.columns()[place_of(found->second, each.column)], found->first));
    return markers;
}

node_options cluster_tables::options(const std::string& address) {
    node_options made;
    made.address = address;
    made.like = like_;
    made.answer_request = [this](const node_request& request) { return answer(request); };
    return made;
}

inet_address cluster_tables::address(int node) {
    return address_of("127.0.0." + std::to_string(node));
}

std::string cluster_tables::table_of(const std::string& cql) {
    const std::string before = " FROM ";
    const auto from = cql.find(before);
    if (from == cql.npos)
        return {};
    const auto begin = from + before.size();
    return cql.substr(begin, cql.find(' ', begin) - begin);
}

bool cluster_tables::asks_system(const std::string& cql) {
    const auto select = system_select::parse(cql);
    return select && select->table.starts_with("system");
}

} // namespace cocql::testing
