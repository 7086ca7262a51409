#pragma once

#include "output.hpp"

#include <cocql/page.hpp>

#include <map>
#include <string>
#include <string_view>

namespace cocqlsh {

/// What the columns of tables are for, as far as it was asked: only their names' colours depend on
/// it.
class column_roles {
  public:
    static std::string query(std::string_view keyspace, std::string_view table);

    bool knows(const cocql::column& column) const;
    /// Takes the answer to query(); no answer is remembered as no roles.
    void learn(const cocql::column& column, const cocql::page* answer);
    void forget() noexcept { tables_.clear(); }
    /// Red for the partition key, cyan for the clustering key, white for static columns.
    colour colour_of(const cocql::column& column) const;

  private:
    using roles = std::map<std::string, colour>;

    static std::string key(const cocql::column& column) {
        return column.keyspace + "." + column.table;
    }

    std::map<std::string, roles> tables_;
};

} // namespace cocqlsh
