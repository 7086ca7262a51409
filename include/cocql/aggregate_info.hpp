#pragma once

#include <cocql/data_type.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cocql {

/// An aggregate that users have defined, made of functions of the same keyspace.
struct aggregate_info {
    std::vector<data_type> argument_types;
    data_type return_type = data_type::kind::blob;
    data_type state_type = data_type::kind::blob;
    std::string state_function;
    std::string final_function; ///< empty: the last state is the result
    /// As CQL, or as the server has it; nothing: the state begins as null.
    std::optional<std::string> initial_condition;

    friend bool operator==(const aggregate_info&, const aggregate_info&) = default;
};

} // namespace cocql
