#include "core/metadata/read_functions.hpp"

#include "core/metadata/schema_row.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace cocql::metadata {

namespace {

using texts = std::vector<std::string>;

/// Of a row that is about something with arguments; its signature has no name where it is not.
class callable_row {
  public:
    callable_row(const table_row& row, std::string_view name_column, const keyspace_types& types)
        : row_(row),
          types_(types),
          keyspace_(row.get<std::string>("keyspace_name").value_or("")),
          signature_{row.get<std::string>(name_column).value_or(""),
                     row.get<texts>("argument_types").value_or(texts())} {}

    bool has_names() const noexcept { return !keyspace_.empty() && !signature_.name.empty(); }
    const std::string& keyspace() const noexcept { return keyspace_; }
    const function_signature& signature() const noexcept { return signature_; }

    std::string text(std::string_view column) const {
        return row_.get<std::string>(column).value_or("");
    }
    data_type type(std::string_view column) const { return schema_type(row_, column, types_); }
    std::vector<data_type> argument_types() const {
        std::vector<data_type> all;
        for (const auto& each : signature_.argument_types)
            all.push_back(schema_type_of(each, keyspace_, types_));
        return all;
    }

  private:
    const table_row& row_;
    const keyspace_types& types_;
    std::string keyspace_;
    function_signature signature_;
};

} // namespace

void add_functions(const table_pages& rows, const keyspace_types& types, all_functions& known) {
    for_each_row(rows, [&](const table_row& row) {
        const callable_row each(row, "function_name", types);
        if (!each.has_names())
            return;
        auto& made = known[each.keyspace()][each.signature()];
        made.argument_names = row.get<texts>("argument_names").value_or(texts());
        made.argument_types = each.argument_types();
        made.return_type = each.type("return_type");
        made.language = each.text("language");
        made.body = each.text("body");
        made.called_on_null = row.get<bool>("called_on_null_input").value_or(false);
    });
}

void add_aggregates(const table_pages& rows, const keyspace_types& types, all_aggregates& known) {
    for_each_row(rows, [&](const table_row& row) {
        const callable_row each(row, "aggregate_name", types);
        if (!each.has_names())
            return;
        auto& made = known[each.keyspace()][each.signature()];
        made.argument_types = each.argument_types();
        made.return_type = each.type("return_type");
        made.state_type = each.type("state_type");
        made.state_function = each.text("state_func");
        made.final_function = each.text("final_func");
        made.initial_condition = row.get<std::string>("initcond");
    });
}

} // namespace cocql::metadata
