#pragma once

#include <cocql/data_type.hpp>

#include <string>
#include <vector>

namespace cocql {

/// A function that users have defined. Types that are not known here are custom ones, as those of
/// columns are.
struct function_info {
    std::vector<std::string> argument_names;
    std::vector<data_type> argument_types;
    data_type return_type = data_type::kind::blob;
    std::string language;
    std::string body;
    bool called_on_null = false; ///< with null it is called, too; otherwise null is its result

    friend bool operator==(const function_info&, const function_info&) = default;
};

} // namespace cocql
