#pragma once

#include "cluster.hpp"

#include <map>
#include <string>
#include <vector>

namespace cocql::tests {

/// The nodes are in these data centres, in the order of their numbers.
inline void have_datacenters(session_cluster& cluster, const std::vector<std::string>& names) {
    for (int self = 1; self <= cluster.size(); ++self)
        for (const std::string table : {"system.local", "system.peers", "system.peers_v2"}) {
            if (table == "system.peers_v2" && cluster.shards != 0)
                continue;
            auto& tables = cluster.tables_of(self);
            const auto& columns = tables.at(table).columns();
            std::vector<std::map<std::string, value>> rows;
            for (const auto& row : tables.at(table).rows()) {
                auto& made = rows.emplace_back();
                for (std::size_t i = 0; i < columns.size(); ++i)
                    if (!row[i].is_null())
                        made.emplace(columns[i].name, row[i]);
                const auto id = *made.at("host_id").get<uuid>();
                const auto number = std::to_integer<std::size_t>(id.bytes[15]);
                made.insert_or_assign("data_center", value(names[number - 1]));
            }
            tables.have_rows(table, rows);
        }
}

} // namespace cocql::tests
