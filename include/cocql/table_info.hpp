#pragma once

#include <cocql/column_info.hpp>
#include <cocql/index_info.hpp>
#include <cocql/uuid.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cocql {

/// A table or a materialised view, as the schema has it.
struct table_info {
    uuid id; ///< another one for a table that was dropped and made again
    /// Of a view the table that it is made from; empty for a table.
    std::string base_table;
    /// The columns of the partition key and those of the clustering key in their orders, then the
    /// others by name, static ones first.
    std::vector<column_info> columns;
    std::size_t partition_key_size = 0;
    std::size_t clustering_size = 0;
    std::map<std::string, index_info, std::less<>> indexes;

    bool is_view() const noexcept { return !base_table.empty(); }
    std::span<const column_info> partition_key() const& noexcept {
        return std::span(columns).first(partition_key_size);
    }
    std::span<const column_info> clustering_key() const& noexcept {
        return std::span(columns).subspan(partition_key_size, clustering_size);
    }
    std::span<const column_info> partition_key() const&& = delete;
    std::span<const column_info> clustering_key() const&& = delete;
    /// Null for none of that name. Valid as long as the table.
    const column_info* column(std::string_view name) const& noexcept {
        for (const auto& each : columns)
            if (each.name == name)
                return &each;
        return nullptr;
    }
    const column_info* column(std::string_view name) const&& = delete;

    friend bool operator==(const table_info&, const table_info&) = default;
};

} // namespace cocql
