#include "core/metadata/read_tablets.hpp"

#include "core/metadata/table_row.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cocql::metadata {

namespace {

/// The host and the shard on it.
using replica_cell = std::tuple<uuid, std::int32_t>;

/// Nothing where they make no sense, or there are none.
std::vector<routing::tablet::replica> replicas_in(const table_row& row) {
    std::vector<routing::tablet::replica> replicas;
    const auto cells = row.get<std::vector<replica_cell>>("replicas");
    if (!cells)
        return replicas;
    replicas.reserve(cells->size());
    for (const auto& [host, shard] : *cells) {
        if (shard < 0)
            return {};
        replicas.push_back({host, static_cast<std::uint32_t>(shard)});
    }
    return replicas;
}

/// Of a table; by its id where the row has no names.
std::string name_in(const table_row& row, const uuid& id) {
    const auto keyspace = row.get<std::string>("keyspace_name");
    const auto table = row.get<std::string>("table_name");
    return keyspace && table ? *keyspace + "." + *table : id.to_string();
}

} // namespace

/// Those without rows count, too: they might have no end.
bool tablet_reader::add(const page& rows) {
    const auto count = std::max<std::size_t>(rows.size(), 1);
    too_many_ = too_many_ || count > left_;
    if (too_many_)
        return false;
    left_ -= count;
    for_each_row(table_pages(rows), [this](const table_row& row) { add_row(row); });
    return true;
}

void tablet_reader::add_row(const table_row& row) {
    const auto id = row.get<uuid>("table_id");
    if (!id)
        return leave_out("a row", "lacks table_id");
    auto& table = tables_[*id];
    if (table.name.empty())
        table.name = name_in(row, *id);
    if (const auto base = row.get<uuid>("base_table"))
        table.base = base;
    const auto last = row.get<std::int64_t>("last_token");
    if (!last || table.wrong != nullptr) // of the table alone; or of no use
        return;
    const auto count = row.get<std::int32_t>("tablet_count");
    const auto known = table.tablets.size();
    routing::tablet next;
    next.after = known == 0 ? routing::token::least() : table.tablets.back().last;
    next.last = routing::token(*last);
    next.replicas = replicas_in(row);
    if (!count || (known != 0 && *count != table.count))
        table.wrong = "does not say how many tablets it has, or several numbers";
    else if (next.last <= next.after)
        table.wrong = "has tablets that are not in the order of their tokens";
    else if (next.replicas.empty())
        table.wrong = "has a tablet whose replicas make no sense";
    if (table.wrong != nullptr) {
        table.tablets = {};
        return;
    }
    table.count = *count;
    table.tablets.push_back(std::move(next));
}

tablets_read tablet_reader::finish() {
    tablets_read found;
    for (auto& [id, table] : tables_) {
        const auto known = static_cast<std::int64_t>(table.tablets.size());
        if (table.wrong == nullptr && known != 0 && known != table.count)
            table.wrong = "has other tablets than it says: they are being changed";
        if (table.wrong != nullptr)
            leave_out(table.name, table.wrong);
        else if (known != 0)
            found.tables.emplace(id, std::move(table.tablets));
    }
    // Tables that are kept together have the same tablets, told of one of them only.
    for (const auto& [id, table] : tables_) {
        if (!table.base || table.wrong != nullptr || found.tables.contains(id))
            continue;
        const auto base = found.tables.find(*table.base);
        if (base == found.tables.end() || tables_.at(*table.base).base)
            continue;
        const auto count = base->second.size();
        too_many_ = too_many_ || count > left_;
        if (count > left_)
            continue;
        left_ -= count;
        found.tables.emplace(id, base->second);
    }
    if (tables_left_out_ != 0)
        found.left_out = first_left_out_;
    if (tables_left_out_ > 1)
        found.left_out += ", and " + std::to_string(tables_left_out_ - 1) + " more";
    if (too_many_)
        found.left_out += (found.left_out.empty() ? "" : "; ") + std::string("there are too many");
    return found;
}

void tablet_reader::leave_out(const std::string& table, const std::string& why) {
    if (tables_left_out_++ == 0)
        first_left_out_ = table + " " + why;
}

} // namespace cocql::metadata
