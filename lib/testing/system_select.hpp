#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cocql::testing {

/// A SELECT as drivers put it to system tables: which columns of which table, and of which rows.
struct system_select {
    struct condition {
        std::string column;
        std::optional<std::string> text; ///< that it equals; nothing: a bound value
    };
    std::string table;                ///< with its keyspace
    std::vector<std::string> columns; ///< empty: all
    std::vector<condition> conditions;

    /// Nothing for a statement of another kind, or with conditions that are not equalities. What
    /// comes behind them (USING TIMEOUT, ALLOW FILTERING) is not looked at.
    static std::optional<system_select> parse(std::string_view cql);
};

} // namespace cocql::testing
