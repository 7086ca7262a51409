#pragma once

#include <cocql/data_type.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cocql::metadata {

/// What a function or an aggregate is known by: several of one name differ in what they take.
struct function_signature {
    std::string name;
    /// As the schema spells them.
    std::vector<std::string> argument_types;

    friend auto operator<=>(const function_signature&, const function_signature&) = default;
};

/// A function that users have defined. Types that are not known here are custom ones, as those of
/// columns are.
struct function {
    std::vector<std::string> argument_names;
    std::vector<data_type> argument_types;
    data_type return_type = data_type::kind::blob;
    std::string language;
    std::string body;
    bool called_on_null = false; ///< with null it is called, too; otherwise null is its result

    friend bool operator==(const function&, const function&) = default;
};

/// An aggregate that users have defined, made of functions of the same keyspace.
struct aggregate {
    std::vector<data_type> argument_types;
    data_type return_type = data_type::kind::blob;
    data_type state_type = data_type::kind::blob;
    std::string state_function;
    std::string final_function; ///< empty: the last state is the result
    /// As CQL, or as the server has it; nothing: the state begins as null.
    std::optional<std::string> initial_condition;

    friend bool operator==(const aggregate&, const aggregate&) = default;
};

/// Those of one keyspace, and of all.
using functions = std::map<function_signature, function>;
using all_functions = std::map<std::string, functions, std::less<>>;
using aggregates = std::map<function_signature, aggregate>;
using all_aggregates = std::map<std::string, aggregates, std::less<>>;

} // namespace cocql::metadata
