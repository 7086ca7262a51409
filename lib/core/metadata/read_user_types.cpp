#include "core/metadata/read_user_types.hpp"

#include "core/metadata/table_row.hpp"

#include <optional>
#include <utility>

namespace cocql::metadata {

namespace {

constexpr int most_rounds = 64;

/// A type as its row has it.
struct spelled_type {
    std::string keyspace;
    std::string name;
    std::vector<std::string> field_names;
    std::vector<std::string> field_types;
};

/// Nothing while a type of one of its fields is not known, and of one that is too large.
std::optional<data_type> made_of(const spelled_type& spelled, const user_types& known) {
    std::vector<data_type> fields;
    for (const auto& each : spelled.field_types) {
        auto type = parse_cql_type(each, known);
        if (!type)
            return std::nullopt;
        fields.push_back(std::move(*type));
    }
    auto whole =
        data_type::udt(spelled.keyspace, spelled.name, spelled.field_names, std::move(fields));
    return whole.type_count() <= most_types ? std::optional(std::move(whole)) : std::nullopt;
}

} // namespace

all_user_types read_user_types(const table_pages& rows) {
    all_user_types all;
    std::vector<spelled_type> left;
    for_each_row(rows, [&](const table_row& row) {
        using texts = std::vector<std::string>;
        spelled_type each{row.get<std::string>("keyspace_name").value_or(""),
                          row.get<std::string>("type_name").value_or(""),
                          row.get<texts>("field_names").value_or(texts()),
                          row.get<texts>("field_types").value_or(texts())};
        const bool whole = !each.keyspace.empty() && !each.name.empty() &&
                           each.field_names.size() == each.field_types.size();
        if (whole)
            left.push_back(std::move(each));
        else
            all.skipped.push_back(each.keyspace + "." + each.name);
    });
    // Each round knows what the rounds before it have made: there are as many as types are nested
    // deep.
    for (int round = 0; round < most_rounds && !left.empty(); ++round) {
        std::vector<spelled_type> later;
        std::vector<std::pair<spelled_type, data_type>> made;
        for (auto& each : left) {
            if (auto type = made_of(each, all.keyspaces[each.keyspace]))
                made.emplace_back(std::move(each), std::move(*type));
            else
                later.push_back(std::move(each));
        }
        left = std::move(later);
        if (made.empty())
            break;
        for (auto& [each, type] : made)
            all.keyspaces[each.keyspace].insert_or_assign(each.name, std::move(type));
    }
    for (const auto& each : left)
        all.skipped.push_back(each.keyspace + "." + each.name);
    return all;
}

} // namespace cocql::metadata
