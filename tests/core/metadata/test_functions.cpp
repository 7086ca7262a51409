#include "core/metadata/read_functions.hpp"
#include "core/metadata/schema_snapshot.hpp"
#include "testing/page_of_table.hpp"
#include "testing/schema_tables.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using namespace cocql::testing;
using metadata::function_signature;
using metadata::schema_difference;
using metadata::schema_differences;
using metadata::schema_snapshot;

namespace {

using row = std::map<std::string, value>;

value list_of(const std::vector<std::string>& texts) {
    value::sequence all;
    for (const auto& each : texts)
        all.emplace_back(each);
    return all;
}

const data_type place = data_type::udt("ks", "place", {"x"}, {data_type::kind::int_});

schema_snapshot with_functions(const std::vector<row>& functions,
                               const std::vector<row>& aggregates = {}) {
    schema_snapshot all;
    all.types["ks"].emplace("place", place);
    auto of_functions = functions_table();
    for (const auto& each : functions)
        of_functions.add(each);
    auto of_aggregates = aggregates_table();
    for (const auto& each : aggregates)
        of_aggregates.add(each);
    metadata::add_functions(page_of_table(of_functions), all.types, all.functions);
    metadata::add_aggregates(page_of_table(of_aggregates), all.types, all.aggregates);
    return all;
}

row sum_row() {
    return {{"keyspace_name", "ks"},
            {"function_name", "sum_up"},
            {"argument_types", list_of({"int", "frozen<place>"})},
            {"argument_names", list_of({"state", "added"})},
            {"body", "return state + added.x"},
            {"called_on_null_input", true},
            {"language", "lua"},
            {"return_type", "int"}};
}
row named(row made, const std::string& name, const std::vector<std::string>& types) {
    made["function_name"] = name;
    made["argument_types"] = list_of(types);
    return made;
}
row mean_row() {
    return {{"keyspace_name", "ks"},
            {"aggregate_name", "mean"},
            {"argument_types", list_of({"frozen<place>"})},
            {"final_func", "divide"},
            {"initcond", "(0, 0)"},
            {"return_type", "double"},
            {"state_func", "sum_up"},
            {"state_type", "frozen<tuple<int, bigint>>"}};
}

} // namespace

TEST_CASE("A function has what it takes and gives, its language and its text") {
    const auto all = with_functions({sum_row()});
    REQUIRE(all.functions.at("ks").size() == 1);
    const auto& [signature, made] = *all.functions.at("ks").begin();
    CHECK(signature == function_signature{"sum_up", {"int", "frozen<place>"}});
    CHECK(made.argument_names == std::vector<std::string>{"state", "added"});
    CHECK(made.argument_types == std::vector<data_type>{data_type::kind::int_, place});
    CHECK(made.return_type == data_type(data_type::kind::int_));
    CHECK(made.language == "lua");
    CHECK(made.body == "return state + added.x");
    CHECK(made.called_on_null);
}

TEST_CASE("An aggregate has its functions, the type of its state and what that begins as") {
    auto all = with_functions({}, {mean_row()});
    REQUIRE(all.aggregates.at("ks").size() == 1);
    auto made = all.aggregates["ks"][{"mean", {"frozen<place>"}}];
    CHECK(made.argument_types == std::vector<data_type>{place});
    CHECK(made.return_type == data_type(data_type::kind::double_));
    CHECK(made.state_type == data_type::tuple({data_type::kind::int_, data_type::kind::bigint}));
    CHECK(made.state_function == "sum_up");
    CHECK(made.final_function == "divide");
    CHECK(made.initial_condition == "(0, 0)");

    auto bare = mean_row();
    bare.erase("initcond");
    bare.erase("final_func");
    all = with_functions({}, {bare});
    made = all.aggregates["ks"][{"mean", {"frozen<place>"}}];
    CHECK(made.final_function.empty());
    CHECK(!made.initial_condition);
}

TEST_CASE("Functions of one name are told apart by what they take, in the order of their names") {
    const auto all = with_functions({named(sum_row(), "g", {}), named(sum_row(), "f", {"text"}),
                                     named(sum_row(), "f", {}), named(sum_row(), "f", {"int"})});
    std::vector<function_signature> signatures;
    for (const auto& [signature, made] : all.functions.at("ks"))
        signatures.push_back(signature);
    CHECK(signatures ==
          std::vector<function_signature>{{"f", {}}, {"f", {"int"}}, {"f", {"text"}}, {"g", {}}});
}

TEST_CASE("A row of a function without its names is passed over, a strange type is a custom one") {
    auto strange = sum_row();
    strange["return_type"] = "frozen<stranger>";
    const auto all = with_functions({{{"keyspace_name", "ks"}},
                                     {{"function_name", "lost"}},
                                     {{"keyspace_name", "ks"}, {"function_name", ""}},
                                     strange},
                                    {{{"keyspace_name", "ks"}}});
    REQUIRE(all.functions.size() == 1);
    REQUIRE(all.functions.at("ks").size() == 1);
    CHECK(all.functions.at("ks").begin()->second.return_type ==
          data_type::custom("frozen<stranger>"));
    CHECK(all.aggregates.empty());
}

TEST_CASE("What became of functions and aggregates is told with what they take") {
    using enum schema_difference::thing;
    using enum schema_difference::kind;
    using differences = std::vector<schema_difference>;
    auto before = with_functions({sum_row(), named(sum_row(), "f", {"int"})}, {mean_row()});
    before.types.clear();
    auto after = before;
    CHECK(schema_differences(before, after).empty());
    auto& functions = after.functions["ks"];
    functions[{"f", {"text"}}] = functions[{"f", {"int"}}];
    functions.erase({"f", {"int"}});
    functions[{"sum_up", {"int", "frozen<place>"}}].body = "return 1";
    after.aggregates["ks"].begin()->second.initial_condition.reset();
    CHECK(schema_differences(before, after) ==
          differences{{function, dropped, "ks", "f", {"int"}},
                      {function, created, "ks", "f", {"text"}},
                      {function, altered, "ks", "sum_up", {"int", "frozen<place>"}},
                      {aggregate, altered, "ks", "mean", {"frozen<place>"}}});
    CHECK(schema_differences(before, schema_snapshot()).size() == 3);
}
